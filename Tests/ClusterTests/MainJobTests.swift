import Foundation
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

/// The ladder's fourth level: real kubelets, real containerd, a real registry. One test after the other, since they
/// share the cluster; each leaves it as it found it.
@Suite(
  "Nodes", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)), .timeLimit(.minutes(15)))
struct NodeTests {
  let cluster: Cluster

  init() async throws {
    cluster = try Cluster.require()
    try await cluster.reset()
  }

  @Test("a set's images come to every node, and go with the set")
  func mainJob() async throws {
    let images = try await cluster.push("main", count: 4)
    let nodes = try await cluster.nodes()
    try await cluster.applyImageSet("main", images: images)
    let status = try await cluster.waitReady("main")
    try await cluster.wait(for: images, on: nodes, within: .seconds(1))
    #expect(status.pairs?.desired == images.count * nodes.count)
    #expect(status.pairs?.present == images.count * nodes.count)
    #expect(status.nodes?.ready == nodes.count)
    #expect(status.images?.ready == images.count)

    try await cluster.applyImageSet("main", images: images)  // twice is as good as once
    let generation = try await cluster.imageSet("main").metadata.generation
    #expect(generation == 1)

    try await cluster.deleteImageSets("main")
    try await cluster.wait(for: images, on: nodes, present: false)
    for node in nodes {
      try await eventually("the inventory of \(node) is empty") {
        (try await cluster.inventory(node).status?.images ?? [:]).isEmpty ? true : nil
      }
    }
  }

  @Test("an image that is taken out of the list goes, one that is put in comes, the rest stays")
  func edit() async throws {
    let images = try await cluster.push("edit", count: 3)
    let nodes = try await cluster.nodes()
    try await cluster.applyImageSet("edit", images: Array(images[0...1]))
    try await cluster.waitReady("edit")
    try await cluster.applyImageSet("edit", images: Array(images[1...2]))
    try await cluster.wait(for: Array(images[1...2]), on: nodes)
    try await cluster.wait(for: [images[0]], on: nodes, present: false)
    try await cluster.deleteImageSets("edit")
    try await cluster.wait(for: images, on: nodes, present: false)
  }

  @Test("a selector picks nodes, and a label that goes takes the image with it")
  func selector() async throws {
    let images = try await cluster.push("selector")
    let nodes = try await cluster.nodes()
    try await cluster.kubectl("label", "node", nodes[0], "pool=gpu", "--overwrite")
    try await cluster.applyImageSet(
      "selector", images: images, extra: "  nodes: {selector: {matchLabels: {pool: gpu}}}")
    let status = try await cluster.waitReady("selector")
    #expect(status.nodes?.desired == 1)
    try await cluster.wait(for: images, on: [nodes[0]])
    let others = try await cluster.images(on: nodes[1])
    #expect(!others.contains(images[0]))

    try await cluster.kubectl("label", "node", nodes[1], "pool=gpu", "--overwrite")
    try await cluster.wait(for: images, on: [nodes[1]])
    try await cluster.kubectl("label", "node", nodes[0], "pool-")
    try await cluster.wait(for: images, on: [nodes[0]], present: false)
    try await cluster.kubectl("label", "node", nodes[1], "pool-")
    try await cluster.deleteImageSets("selector")
    try await cluster.wait(for: images, on: nodes, present: false)
  }

  @Test("an image that vanishes comes back within seconds")
  func drift() async throws {
    let images = try await cluster.push("drift")
    let node = try await cluster.nodes()[0]
    try await cluster.applyImageSet("drift", images: images)
    try await cluster.waitReady("drift")
    try await cluster.remove(images[0], from: node)
    let gone = try await cluster.images(on: node)
    #expect(!gone.contains(images[0]))
    try await cluster.wait(for: images, on: [node], within: .seconds(15))
    try await cluster.deleteImageSets("drift")
    try await cluster.wait(for: images, on: [node], present: false)
  }

  @Test("what a container uses, another set wants, or somebody else pulled is not removed")
  func safeRemoval() async throws {
    let images = try await cluster.push("safe", count: 3)
    let (used, shared, foreign) = (images[0], images[1], images[2])
    let node = try await cluster.nodes()[0]
    try await cluster.on(node, "ctr", "-n", "k8s.io", "images", "pull", "--plain-http", foreign)
    try await cluster.applyImageSet("safe", images: images)
    try await cluster.applyImageSet("safe-other", images: [shared])
    try await cluster.waitReady("safe")
    try await cluster.waitReady("safe-other")
    try await cluster.apply(
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: safe-user}
      spec:
        nodeName: \(node)
        terminationGracePeriodSeconds: 0
        containers: [{name: main, image: "\(used)", imagePullPolicy: Never}]
      """)
    try await cluster.kubectl("wait", "pod", "safe-user", "--for=condition=Ready", "--timeout=60s")

    try await cluster.deleteImageSets("safe")
    let others = try await cluster.nodes().dropFirst()
    try await cluster.wait(for: [used], on: Array(others), present: false)
    let left = try await cluster.images(on: node)
    #expect(left.isSuperset(of: images))

    try await cluster.kubectl("delete", "pod", "safe-user", "--wait=true")
    try await cluster.wait(for: [used], on: [node], present: false, within: .seconds(150))
    let rest = try await cluster.images(on: node)
    #expect(rest.isSuperset(of: [shared, foreign]))

    try await cluster.deleteImageSets("safe-other")
    try await cluster.wait(for: [shared], on: [node], present: false)
    let last = try await cluster.images(on: node)
    #expect(last.contains(foreign))
    try await cluster.remove(foreign, from: node)
  }

  @Test("a missing image fails in words and delays nothing else")
  func notFound() async throws {
    let images = try await cluster.push("found", count: 2)
    let missing = "\(cluster.registry)/nobody/missing:1"
    try await cluster.applyImageSet("missing", images: [images[0], missing, images[1]])
    let status = try await cluster.wait(forSet: "missing", "one image failed everywhere") {
      $0.pairs?.failed == $0.nodes?.desired
    }
    let nodes = try await cluster.nodes()
    try await cluster.wait(for: images, on: nodes)
    #expect(status.failures?.first?.reason == "NotFound")
    #expect(status.failures?.first?.image == missing)
    #expect(status.condition("Degraded")?.status == .yes)
    #expect(status.condition("Ready")?.status == .no)
    try await cluster.deleteImageSets("missing")
    try await cluster.wait(for: images, on: nodes, present: false)
  }
}
