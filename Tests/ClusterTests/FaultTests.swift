import Foundation
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

/// What happens when parts die in the middle: always the same end.
@Suite(
  "Faults", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)), .timeLimit(.minutes(15)))
struct FaultTests {
  let cluster: Cluster

  init() async throws {
    cluster = try Cluster.require()
    try await cluster.reset()
  }

  enum Fault: String, CaseIterable, Sendable {
    case controller, agent, runtime, registry
  }

  @Test("something is killed in the middle of the pulls, and all images come all the same", arguments: Fault.allCases)
  func killed(_ fault: Fault) async throws {
    let set = "killed-\(fault.rawValue)"
    let images = try await cluster.push(set, count: 8, megabytes: 4)
    let nodes = try await cluster.nodes()
    for node in nodes { try await cluster.run("slow", node, "40mbit") }
    try await cluster.applyImageSet(set, images: images)
    try await cluster.wait(forSet: set, "in the middle of it") {
      ($0.pairs?.present ?? 0) > 0 && ($0.pairs?.present ?? 0) < images.count * nodes.count
    }
    switch fault {
    case .controller:
      try await cluster.kubectl(
        "delete", "pod", "-n", "swiftlet-system", "-l", "app.kubernetes.io/component=controller", "--force",
        "--grace-period=0")
    case .agent:
      try await cluster.kubectl(
        "delete", "pod", "-n", "swiftlet-system", "-l", "app.kubernetes.io/component=agent", "--field-selector",
        "spec.nodeName=\(nodes[0])", "--force", "--grace-period=0")
    case .runtime:
      try await cluster.run("kill-runtime", nodes[0])
      try await cluster.run("start-runtime", nodes[0])
    case .registry:
      try await cluster.run("registry", "stop")
      try await cluster.wait(forSet: set, "pulls fail while the registry is down") { ($0.pairs?.failed ?? 0) > 0 }
      try await cluster.run("registry", "start")
    }
    for node in nodes { try await cluster.run("slow", node, "off") }
    // Ready alone isn't enough: a node without its agent keeps the set from nothing
    let status = try await cluster.wait(forSet: set, "all there", within: .seconds(180)) {
      $0.pairs?.present == images.count * nodes.count && $0.condition("Ready")?.status == .yes
    }
    #expect((status.nodes?.unreachable ?? 0) == 0)
    try await cluster.wait(for: images, on: nodes, within: .seconds(1))
    try await cluster.deleteImageSets(set)
    try await cluster.wait(for: images, on: nodes, present: false, within: .seconds(120))
  }

  @Test("a node that is cut off is named and keeps the set from nothing; back again, it is filled")
  func cutOff() async throws {
    let images = try await cluster.push("cut", count: 2)
    let nodes = try await cluster.nodes()
    let lost = nodes[0]
    let rest = Array(nodes.dropFirst())
    try await cluster.run("cut", lost)
    try await eventually("\(lost) is NotReady", within: .seconds(120), every: .seconds(1)) {
      let conditions = try await cluster.get("node", lost)["status"]?["conditions"]?.array ?? []
      return conditions.contains { $0["type"] == "Ready" && $0["status"] != "True" } ? true : nil
    }
    try await cluster.applyImageSet("cut", images: images)
    let status = try await cluster.waitReady("cut")
    #expect(status.nodes?.unreachable == 1)
    #expect(status.pairs?.present == images.count * rest.count)
    #expect(status.condition("Ready")?.message.contains(lost) == true)
    try await cluster.wait(for: images, on: rest)

    try await cluster.run("heal", lost)
    try await cluster.wait(for: images, on: [lost], within: .seconds(120))
    try await cluster.wait(forSet: "cut", "all nodes are back") { ($0.nodes?.unreachable ?? 0) == 0 }
    try await cluster.deleteImageSets("cut")
    try await cluster.wait(for: images, on: nodes, present: false)
  }

  @Test("a cordoned node gets no pulls until it is uncordoned")
  func cordoned() async throws {
    let images = try await cluster.push("cordon")
    let nodes = try await cluster.nodes()
    try await cluster.kubectl("cordon", nodes[0])
    try await cluster.applyImageSet("cordon", images: images)
    try await cluster.waitReady("cordon")
    let there = try await cluster.images(on: nodes[0])
    #expect(!there.contains(images[0]))
    try await cluster.kubectl("uncordon", nodes[0])
    try await cluster.wait(for: images, on: [nodes[0]])
    try await cluster.deleteImageSets("cordon")
    try await cluster.wait(for: images, on: nodes, present: false)
  }

  @Test("a new node is filled by itself")
  func newNode() async throws {
    let images = try await cluster.push("new", count: 3)
    try await cluster.applyImageSet("new", images: images)
    try await cluster.waitReady("new")
    let before = Set(try await cluster.nodes())
    try await cluster.run("add-node")
    let added = try await eventually("a node more", within: .seconds(90), every: .seconds(1)) {
      Set(try await cluster.nodes()).subtracting(before).first
    }
    try await cluster.wait(for: images, on: [added], within: .seconds(120))
    try await cluster.run("remove-node", added)
    try await eventually("the inventory goes with its node", within: .seconds(60), every: .milliseconds(500)) {
      let names = (try await cluster.get("nodeinventories")["items"]?.array ?? []).compactMap {
        $0["metadata"]?["name"]?.string
      }
      return names.contains(added) ? nil : true
    }
    let left = try await cluster.nodes()
    try await cluster.wait(forSet: "new", "the count follows") { $0.nodes?.desired == left.count }
    try await cluster.deleteImageSets("new")
    try await cluster.wait(for: images, on: left, present: false)
  }
}
