import Foundation
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

/// Connections to the API server that end, with and without a word.
@Suite(
  "Connections", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)), .timeLimit(.minutes(5))
)
struct ConnectionTests {
  let cluster: Cluster

  init() async throws {
    cluster = try Cluster.require()
    try await cluster.reset()
  }

  /// Two minutes are allowed; the limits of the client as they are give half a minute and a little.
  @Test("the leader's and an agent's connections go silent, and both go on with new ones")
  func silence() async throws {
    let images = try await cluster.push("silence", count: 2)
    let nodes = try await cluster.nodes()
    try await cluster.applyImageSet("silence", images: [images[0]])
    try await cluster.waitReady("silence")

    let controller = try await cluster.leader()
    let agent = try #require(try SwiftletProcess.all("agent").first { $0.name == nodes[0] })
    var lost: [SwiftletProcess: Set<String>] = [:]
    let lists = try await agent.metric("informer_lists_total", port: 17645)
    let began = ContinuousClock.now
    for process in [agent, controller] {
      let ports = try await process.connections()
      #expect(!ports.isEmpty)
      try await process.lose(ports)
      lost[process] = ports
    }
    try await cluster.applyImageSet("silence", images: images)
    try await cluster.wait(for: images, on: nodes, within: .seconds(60))
    try await eventually("both have new connections", within: .seconds(60), every: .milliseconds(500)) {
      () async throws -> Bool? in
      for (process, ports) in lost {
        guard try await !process.connections().subtracting(ports).isEmpty else { return nil }
      }
      return true
    }
    print("silence: new connections, and all images there, after \(ContinuousClock.now - began)")
    // What the agent missed was sent once its watch was open again; it read nothing anew but its own inventory.
    #expect(try await agent.metric("informer_lists_total", port: 17645) <= lists + 1)
    for (process, ports) in lost { try await process.find(ports) }
    try await cluster.deleteImageSets("silence")
    try await cluster.wait(for: images, on: nodes, present: false)
  }

  @Test("the API server restarts: watches resume, and what is listed again is listed once")
  func restart() async throws {
    let images = try await cluster.push("restart", count: 2)
    let nodes = try await cluster.nodes()
    try await cluster.applyImageSet("restart", images: [images[0]])
    try await cluster.waitReady("restart")
    let audit = try AuditLog()
    try await cluster.run("control-plane", "stop", "apiserver")
    try await cluster.run("control-plane", "start", "apiserver")
    try await cluster.applyImageSet("restart", images: images)
    try await cluster.waitReady("restart")
    // A server that was started anew no longer has the versions of kinds that didn't change lately, and says so (410).
    let lists = Dictionary(grouping: try audit.entries("controller").filter { $0.verb == "list" }) {
      "\($0.source) \($0.objectRef?.resource ?? "")"
    }
    // A kind that isn't served for a moment is listed by its informer and, to be sure of what is gone, by the leader.
    for (what, entries) in lists {
      let isServedLate = what.hasSuffix("imagesets") || what.hasSuffix("imagecaches")
      #expect(entries.count <= (isServedLate ? 2 : 1), "\(what)")
    }
    let agents = try audit.entries("agent")
    #expect(!agents.contains { $0.verb == "list" })
    let reads = Dictionary(grouping: agents.filter { $0.verb == "get" && $0.objectRef?.resource == "nodeinventories" })
    {
      $0.source
    }
    for (node, entries) in reads { #expect(entries.count <= 2, "\(node)") }
    print("restart: lists \(lists.mapValues(\.count)), reads \(reads.mapValues(\.count))")
    try await cluster.deleteImageSets("restart")
    try await cluster.wait(for: images, on: nodes, present: false)
  }
}
