import Foundation
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

/// The leader is killed, stopped and woken late, and cut off, one after the other, while nodes pull.
@Suite(
  "Failover", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)), .timeLimit(.minutes(5)))
struct FailoverTests {
  /// One lease's 15 s; a candidate's look every 2 s and a bit, the first plans and a slow machine.
  static let limit = Duration.seconds(25)

  let cluster: Cluster

  init() async throws {
    cluster = try Cluster.require()
    try await cluster.reset()
  }

  /// The audit log tells controllers apart by the addresses of their nodes, so each must have a node of its own.
  private func spreadControllers() async throws {
    try await eventually("the controllers run on different nodes", within: .seconds(90), every: .seconds(1)) {
      () async throws -> Bool? in
      let items = try await cluster.get("pods", "-n", "swiftlet-system", "-l", "app.kubernetes.io/component=controller")
      let pods = (items["items"]?.array ?? []).filter { $0["metadata"]?["deletionTimestamp"] == nil }
      let nodes = pods.compactMap { $0["spec"]?["nodeName"]?.string }
      guard pods.count == 2, nodes.count == 2 else { return nil }
      if Set(nodes).count == 2 { return true }
      let name = pods[0]["metadata"]?["name"]?.string ?? ""
      try await cluster.kubectl("-n", "swiftlet-system", "delete", "pod", name, "--grace-period=5")
      return nil
    }
    try await cluster.kubectl(
      "-n", "swiftlet-system", "rollout", "status", "deployment/swiftlet-controller", "--timeout=60s")
  }

  /// Changes the set so that every plan must change, and waits until that has happened.
  private func work(_ what: String, retention: Retention) async throws {
    let began = ContinuousClock.now
    try await cluster.kubectl(
      "patch", "imageset", "failover", "--type=merge", "-p", #"{"spec":{"retention":"\#(retention.rawValue)"}}"#)
    try await eventually("work goes on after \(what)", within: Self.limit, every: .milliseconds(250)) {
      let items = try await cluster.get("nodeinventories")["items"]?.array ?? []
      return items.allSatisfy { inventory in
        inventory["spec"]?["images"]?.object?.values.allSatisfy {
          ($0["retention"]?.string ?? "Delete") == retention.rawValue
        }
          ?? false
      } ? true : nil
    }
    print("failover: \(ContinuousClock.now - began) until work went on after \(what)")
  }

  @Test("the leader is killed, stopped and cut off: one writes at a time, the budget holds, nothing is pulled twice")
  func failover() async throws {
    try await spreadControllers()
    let nodes = try await cluster.nodes()
    let images = try await cluster.push("failover", count: 12, megabytes: 4)
    try await cluster.apply(
      """
      apiVersion: swiftlet.dev/v1
      kind: PullBudget
      metadata: {name: failover}
      spec: {maxConcurrentNodes: 1}
      """)
    let (registry, audit) = (try RegistryLog(), try AuditLog())
    try await cluster.run("registry", "slow", "16mbit")
    try await PullWatch.during { watch in
      try await cluster.applyImageSet("failover", images: images, extra: "  budget: failover")
      try await cluster.wait(forSet: "failover", "in the middle of it") { ($0.pairs?.present ?? 0) > 0 }

      // The kubelet starts it again, but another one leads by then.
      let first = try await cluster.leader()
      try first.send(SIGKILL)
      try await work("the leader was killed", retention: .retain)

      let stopped = try await cluster.leader()
      try stopped.send(SIGSTOP)
      do {
        try await work("the leader was stopped", retention: .delete)
        let heir = try await cluster.leader()
        #expect(heir != stopped)
      } catch {
        try stopped.send(SIGCONT)
        throw error
      }
      // Late, and in the belief that it leads.
      try stopped.send(SIGCONT)
      try await eventually("it finds out", within: .seconds(10)) {
        try await stopped.metric("leader_election_master_status", port: 8080) == 0 ? true : nil
      }

      // From the API server, and from nothing else.
      let cut = try await cluster.leader()
      try await cut.cutOff()
      do {
        try await work("the leader was cut off", retention: .retain)
        #expect(try await cut.metric("leader_election_master_status", port: 8080) == 0)
      } catch {
        try await cut.heal()
        throw error
      }
      try await cut.heal()

      try await cluster.run("registry", "slow", "off")
      let status = try await cluster.waitReady("failover", within: .seconds(60))
      #expect(status.pairs?.present == images.count * nodes.count)
      #expect(watch.looks.count > 50)
      #expect(watch.looks.contains { $0.count == 1 })
      #expect(watch.most <= 1, "at most one node pulls at a time")
    }
    try await cluster.wait(for: images, on: nodes, within: .seconds(1))
    #expect(try audit.intrusions() == [])
    let holders = try audit.entries("controller").filter {
      $0.objectRef?.resource == "leases" && $0.isWrite && $0.isDone
    }
    #expect(Set(holders.map(\.source)).count > 1, "the audit log tells the controllers apart by their nodes")
    let blobs = try registry.wholeBlobs("failover-")
    #expect(!blobs.isEmpty)
    #expect(blobs.values.allSatisfy { $0 == 1 }, "\(blobs.filter { $0.value > 1 })")
    try await work("all is over", retention: .delete)
    try await cluster.deleteImageSets("failover")
    try await cluster.kubectl("delete", "pullbudget", "failover")
    try await cluster.wait(for: images, on: nodes, present: false)
  }
}
