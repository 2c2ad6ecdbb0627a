import Foundation
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

/// `swiftlet pause` and `resume`, with the program that was built.
@Suite(
  "Pause", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)), .timeLimit(.minutes(5)))
struct PauseTests {
  let cluster: Cluster

  init() async throws {
    cluster = try Cluster.require()
    try await cluster.swiftlet("resume", "--timeout", "0")
    try await cluster.reset()
  }

  @Test("a pause stops a pull on its way and leaves what vanishes; the end of it lets both go on")
  func pause() async throws {
    let nodes = try await cluster.nodes()
    let small = try await cluster.push("pause-small")[0]
    let large = try await cluster.push("pause-large", megabytes: 30)[0]
    try await cluster.applyImageSet("pause-small", images: [small])
    try await cluster.waitReady("pause-small")
    for node in nodes { try await cluster.run("slow", node, "20mbit") }
    try await cluster.applyImageSet("pause-large", images: [large])
    try await cluster.wait(forSet: "pause-large", "on its way") { ($0.pairs?.pulling ?? 0) > 0 }

    let said = try await cluster.swiftlet("pause", "--reason", "a test", "--timeout", "30s")
    #expect(said.contains("\(nodes.count) of \(nodes.count) nodes stand still"))
    for node in nodes {
      let inventory = try await cluster.inventory(node)
      #expect(inventory.spec.paused == true)
      #expect(inventory.status?.images?[large]?.state != .pulling)
    }
    let status = try await cluster.swiftlet("status")
    #expect(status.contains("PAUSED"))
    #expect(status.contains("a test"))
    try await cluster.wait(forSet: "pause-large", "Paused") { $0.condition("Ready")?.reason == "Paused" }
    #expect(try await cluster.swiftlet("pause").contains("already paused"))

    for node in nodes { try await cluster.run("slow", node, "off") }
    try await cluster.remove(small, from: nodes[0])
    try await eventually("the agent saw it go", within: .seconds(20), every: .milliseconds(200)) {
      try await cluster.inventory(nodes[0]).status?.images?[small]?.state == .waiting ? true : nil
    }
    // A new leader comes to the same.
    try await cluster.kubectl(
      "delete", "pod", "-n", "swiftlet-system", "-l", "app.kubernetes.io/component=controller", "--force",
      "--grace-period=0")
    try await cluster.kubectl(
      "rollout", "status", "-n", "swiftlet-system", "deployment/swiftlet-controller", "--timeout=60s")
    for node in nodes {
      let there = try await cluster.images(on: node)
      #expect(!there.contains(large))
    }
    let left = try await cluster.images(on: nodes[0])
    #expect(!left.contains(small))

    #expect(try await cluster.swiftlet("resume", "--timeout", "40s").contains("nodes go on"))
    try await cluster.wait(for: [small, large], on: nodes)
    #expect(try await cluster.swiftlet("resume").contains("wasn't paused"))
    try await cluster.deleteImageSets("pause-small", "pause-large")
    try await cluster.wait(for: [small, large], on: nodes, present: false)
  }
}
