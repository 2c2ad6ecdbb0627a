import Foundation
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

/// Nodes that are lost while Jobs pull on them.
@Suite(
  "Nodes lost under Jobs", .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)),
  .timeLimit(.minutes(5)))
struct JobsNodesTests {
  let cluster: Cluster

  init() async throws {
    cluster = try Cluster.require()
    try await cluster.reset(.jobs)
  }

  /// The names of the Jobs that are for a node.
  private func jobs(for node: String) async throws -> Set<String> {
    let list = try await cluster.get("jobs", "-A", "-l", "app.kubernetes.io/component=job")
    let mine = (list["items"]?.array ?? []).filter {
      $0["metadata"]?["annotations"]?["swiftlet.dev/node"]?.string == node
    }
    return Set(mine.compactMap { $0["metadata"]?["name"]?.string })
  }

  /// Waits until a Job pulls an image on a node.
  private func waitForJob(pulling image: String, on node: String) async throws {
    try await eventually("a Job pulls on \(node)", within: .seconds(60), every: .milliseconds(300)) {
      try await cluster.inventory(node).status?.images?[image]?.state == .pulling ? true : nil
    }
    let jobs = try await jobs(for: node)
    #expect(!jobs.isEmpty)
  }

  @Test("a kubelet that dies and a Node that is deleted under their Jobs hold up nobody, also no ImageCache's end")
  func lost() async throws {
    let nodes = try await cluster.nodes()
    let (silent, rest, gone) = (nodes[0], Array(nodes.dropFirst()), "gone")
    try await cluster.run("add-node", gone)
    let images = try await cluster.push("lost", count: 3, megabytes: 6)
    do {
      let cached = try await cluster.push("forgotten")
      try await cluster.apply(
        """
        apiVersion: kubefledged.io/v1alpha2
        kind: ImageCache
        metadata: {name: forgotten, namespace: default}
        spec: {cacheSpec: [{images: ["\(cached[0])"]}]}
        """)
      try await cluster.kubectl("wait", "imagecache", "forgotten", "--for=condition=Ready", "--timeout=60s")
      try await cluster.run("registry", "slow", "20mbit")
      try await cluster.applyImageSet("lost", images: images)
      for node in [silent, gone] { try await waitForJob(pulling: images[0], on: node) }
      try await cluster.run("kill-kubelet", silent)
      try await cluster.run("remove-node", gone)
      try await cluster.run("registry", "slow", "off")

      // Longer than Kubernetes needs to miss the node, far less than the five minutes after which it goes in any case.
      try await cluster.kubectl("delete", "imagecache", "forgotten", "--wait=true", "--timeout=120s")
      try await cluster.wait(for: cached, on: rest, present: false, within: .seconds(1))
      let status = try await cluster.waitReady("lost")
      #expect(status.nodes?.desired == nodes.count && status.nodes?.ready == rest.count)
      #expect(status.nodes?.unreachable == 1)
      #expect(status.condition("Ready")?.message.contains("\(silent) (NotReady)") == true)
      try await cluster.wait(for: images, on: rest, within: .seconds(1))
      for node in [silent, gone] {
        try await eventually("the Jobs for \(node) are gone", every: .milliseconds(300)) {
          try await jobs(for: node).isEmpty ? true : nil
        }
      }
      let inventories = try await cluster.kubectl("get", "nodeinventories", "-o", "name")
      #expect(!inventories.contains("/\(gone)\n"))
    } catch {
      try await cluster.run("start-kubelet", silent)
      if try await cluster.nodes().contains(gone) { try await cluster.run("remove-node", gone) }
      throw error
    }
    try await cluster.run("start-kubelet", silent)
    try await cluster.wait(forSet: "lost", "all nodes are filled") { $0.nodes?.ready == nodes.count }
    try await cluster.wait(for: images, on: nodes, within: .seconds(1))
  }
}
