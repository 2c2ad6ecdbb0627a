import Foundation
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

/// What holds whoever pulls: the same tests for agents and for Jobs.
@Suite(
  "Executors", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)),
  .timeLimit(.minutes(5)))
struct ExecutorTests {
  let cluster: Cluster

  init() throws {
    cluster = try Cluster.require()
  }

  /// What is looked at. The whole list is gone through with one executor, then with the other.
  enum Rule: String, CaseIterable, Sendable {
    case present, missing, registryDown, movedTag, paused, cordoned
  }

  @Test("the same comes of it", arguments: [ExecutorMode.standard, .jobs], Rule.allCases)
  func rule(_ mode: ExecutorMode, _ rule: Rule) async throws {
    try await cluster.reset(mode)
    let name = "\(mode.rawValue)-\(rule.rawValue.lowercased())"
    switch rule {
    case .present: try await present(name)
    case .missing: try await missing(name)
    case .registryDown: try await registryDown(name)
    case .movedTag: try await movedTag(name)
    case .paused: try await paused(name)
    case .cordoned: try await cordoned(name)
    }
  }

  /// Images come to every node, follow the list, and go with the set, but for what a container uses.
  private func present(_ name: String) async throws {
    let images = try await cluster.push(name, count: 3)
    let nodes = try await cluster.nodes()
    try await cluster.applyImageSet(name, images: Array(images[0...1]))
    let status = try await cluster.waitReady(name)
    try await cluster.wait(for: Array(images[0...1]), on: nodes, within: .seconds(1))
    #expect(status.pairs?.present == 2 * nodes.count && status.nodes?.ready == nodes.count)
    try await cluster.applyImageSet(name, images: Array(images[1...2]))
    try await cluster.wait(for: Array(images[1...2]), on: nodes)
    try await cluster.wait(for: [images[0]], on: nodes, present: false)
    let used = images[1]
    try await cluster.apply(
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: \(name)}
      spec:
        nodeName: \(nodes[0])
        terminationGracePeriodSeconds: 0
        containers: [{name: main, image: "\(used)", imagePullPolicy: Never}]
      """)
    try await cluster.kubectl("wait", "pod", name, "--for=condition=Ready", "--timeout=60s")
    try await cluster.deleteImageSets(name)
    try await cluster.wait(for: [images[2]], on: nodes, present: false)
    try await cluster.wait(for: [used], on: Array(nodes.dropFirst()), present: false)
    let left = try await cluster.images(on: nodes[0])
    #expect(left.contains(used))
    try await cluster.kubectl("delete", "pod", name, "--wait=true")
  }

  /// An image that isn't there fails in words, and delays nothing else.
  private func missing(_ name: String) async throws {
    let images = try await cluster.push(name)
    let missing = "\(cluster.registry)/nobody/\(name):1"
    try await cluster.applyImageSet(name, images: [missing] + images)
    let status = try await cluster.wait(forSet: name, "one image failed everywhere") {
      $0.pairs?.failed == $0.nodes?.desired && $0.pairs?.present == $0.nodes?.desired
    }
    #expect(status.failures?.first?.reason == "NotFound" && status.failures?.first?.image == missing)
    #expect(status.condition("Degraded")?.status == .yes && status.condition("Ready")?.status == .no)
  }

  /// A registry that is down is named, and what failed comes when it is back. A pair waits long enough for all to be
  /// seen failed at the same time, whoever is the slowest.
  private func registryDown(_ name: String) async throws {
    let images = try await cluster.push(name)
    try await cluster.apply(
      """
      apiVersion: swiftlet.dev/v1
      kind: PullBudget
      metadata: {name: quick}
      spec: {backoff: {initial: 15s, max: 15s}}
      """)
    try await cluster.run("registry", "stop")
    try await cluster.applyImageSet(name, images: images, extra: "  budget: quick")
    let status = try await cluster.wait(forSet: name, "pulls fail") { $0.pairs?.failed == $0.nodes?.desired }
    #expect(status.failures?.first?.reason == "ConnectionRefused")
    try await cluster.run("registry", "start")
    try await cluster.waitReady(name)
  }

  /// A refresh brings what the tag stands for now.
  private func movedTag(_ name: String) async throws {
    let image = "\(cluster.registry)/\(name):latest"
    let nodes = try await cluster.nodes()
    func push(_ megabytes: Int) async throws { try await cluster.run("image", image, "--size", "\(megabytes)") }
    func digests() async throws -> Set<String> {
      var digests: Set<String> = []
      for node in nodes { digests.insert(try await cluster.inventory(node).status?.images?[image]?.digest ?? "") }
      return digests
    }
    try await push(1)
    try await cluster.apply(
      """
      apiVersion: kubefledged.io/v1alpha2
      kind: ImageCache
      metadata: {name: \(name), namespace: default}
      spec: {cacheSpec: [{images: ["\(image)"]}]}
      """)
    try await cluster.kubectl("wait", "imagecache", name, "--for=condition=Ready", "--timeout=60s")
    let before = try await digests()
    #expect(before.count == 1)
    try await push(2)
    try await cluster.kubectl("annotate", "imagecache", name, "\(ImageCacheAnnotation.refresh)=")
    try await eventually("the new image is everywhere", within: .seconds(60), every: .milliseconds(300)) {
      let now = try await digests()
      return now.count == 1 && now.isDisjoint(with: before) ? true : nil
    }
  }

  /// Nothing is pulled while everything is paused.
  private func paused(_ name: String) async throws {
    let images = try await cluster.push(name)
    let nodes = try await cluster.nodes()
    try await cluster.swiftlet("pause", "--timeout", "0")
    do {
      try await cluster.applyImageSet(name, images: images)
      try await cluster.wait(forSet: name, "Paused") { $0.condition("Ready")?.reason == "Paused" }
      for node in nodes {
        let there = try await cluster.images(on: node)
        #expect(!there.contains(images[0]))
      }
    } catch {
      try await cluster.swiftlet("resume", "--timeout", "0")
      throw error
    }
    try await cluster.swiftlet("resume", "--timeout", "0")
    try await cluster.waitReady(name)
  }

  /// A cordoned node is named and left alone, and filled when it is back.
  private func cordoned(_ name: String) async throws {
    let images = try await cluster.push(name)
    let nodes = try await cluster.nodes()
    try await cluster.kubectl("cordon", nodes[0])
    try await cluster.applyImageSet(name, images: images)
    let status = try await cluster.wait(forSet: name, "the rest is there") {
      $0.pairs?.present == nodes.count - 1 && $0.nodes?.unreachable == 1
    }
    #expect(status.condition("Ready")?.message.contains("\(nodes[0]) (Cordoned)") == true)
    let there = try await cluster.images(on: nodes[0])
    #expect(!there.contains(images[0]))
    try await cluster.kubectl("uncordon", nodes[0])
    try await cluster.waitReady(name)
    try await cluster.wait(for: images, on: nodes, within: .seconds(1))
  }

  @Test("on nodes with an agent, Jobs pull what a set leaves to them, and the agent does the rest")
  func beside() async throws {
    try await cluster.reset(.both)
    let images = try await cluster.push("beside", count: 3)
    let missing = "\(cluster.registry)/nobody/beside:1"
    let nodes = try await cluster.nodes()
    try await cluster.applyImageSet("beside", images: Array(images[0...1]) + [missing], extra: "  executor: Jobs")
    try await cluster.applyImageSet("agents", images: [images[2]])
    try await cluster.waitReady("agents")
    let status = try await cluster.wait(forSet: "beside", "one image failed everywhere") {
      $0.pairs?.failed == nodes.count && $0.pairs?.present == 2 * nodes.count
    }
    #expect(status.failures?.first?.reason == "NotFound")
    for node in nodes {
      let inventory = try await cluster.inventory(node)
      #expect(inventory.status?.images?[images[0]]?.origin == .pulled && inventory.status?.executor == nil)
      #expect(inventory.spec.jobs?.images?[missing]?.state == .failed)
      #expect(inventory.spec.jobs?.images?[images[0]] == nil)
    }
    try await cluster.remove(images[0], from: nodes[0])
    try await eventually("it is missed", within: .seconds(20), every: .milliseconds(200)) {
      try await cluster.imageSet("beside").status?.pairs?.present == 2 * nodes.count - 1 ? true : nil
    }
    try await cluster.wait(for: images, on: nodes, within: .seconds(30))
    try await cluster.deleteImageSets("beside")
    try await cluster.wait(for: Array(images[0...1]), on: nodes, present: false, within: .seconds(200))
  }
}
