import Foundation
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

/// The ladder's third level, on the same API server: schemas, rights and what is written at rest.
@Suite(
  "API server", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)),
  .timeLimit(.minutes(10)))
struct APIServerTests {
  let cluster: Cluster

  init() async throws {
    cluster = try Cluster.require()
    try await cluster.reset()
  }

  @Test(
    "two spellings of one image are named in status, and the image comes all the same",
    .enabled(
      "where the API server has rules for it, it refuses them (see AdmissionTests)",
      { try await !Cluster.servesAdmissionPolicies() }))
  func sameImageTwice() async throws {
    try await cluster.unreviewed {
      try await cluster.applyImageSet(
        "spelled", images: ["nginx", "docker.io/library/nginx:latest"],
        extra: "  nodes: {selector: {matchLabels: {swiftlet.test/none: 'true'}}}")
    }
    let status = try await cluster.wait(forSet: "spelled", "a verdict") { $0.condition("Degraded")?.status == .yes }
    #expect(status.condition("Degraded")?.reason == "InvalidSpec")
    #expect(
      status.condition("Degraded")?.message
        == "spec.images[1].image: docker.io/library/nginx:latest is already named by spec.images[0].image")
    try await cluster.deleteImageSets("spelled")
  }

  @Test("an agent may get and watch inventories and patch their status, and nothing else")
  func agentRights() async throws {
    let agent = "--as=system:serviceaccount:swiftlet-system:swiftlet-agent"
    func can(_ arguments: String...) async -> Bool {
      (try? await command("kubectl", ["auth", "can-i"] + arguments + [agent])) != nil
    }
    for verb in ["get", "watch"] { #expect(await can(verb, "nodeinventories.swiftlet.dev")) }
    #expect(await can("patch", "nodeinventories.swiftlet.dev", "--subresource=status"))
    for verb in ["list", "create", "update", "patch", "delete"] {
      #expect(await !can(verb, "nodeinventories.swiftlet.dev"), "\(verb)")
    }
    for other in ["pods", "secrets", "nodes", "imagesets.swiftlet.dev", "leases.coordination.k8s.io"] {
      for verb in ["get", "list", "create", "patch", "delete"] { #expect(await !can(verb, other), "\(verb) \(other)") }
    }
  }

  @Test("the controller may read no secrets of others and change no workloads")
  func controllerRights() async throws {
    let controller = "--as=system:serviceaccount:swiftlet-system:swiftlet-controller"
    for other in ["secrets", "configmaps", "nodes", "pods", "deployments.apps", "daemonsets.apps"] {
      for verb in ["create", "update", "patch", "delete"] {
        let can = (try? await command("kubectl", ["auth", "can-i", verb, other, "-A", controller])) != nil
        #expect(!can, "\(verb) \(other)")
      }
    }
    let reads = (try? await command("kubectl", ["auth", "can-i", "list", "secrets", "-A", controller])) != nil
    #expect(!reads)
  }

  @Test("nothing to do means no writes")
  func rest() async throws {
    let images = try await cluster.push("rest", count: 2)
    let nodes = try await cluster.nodes()
    try await cluster.applyImageSet("rest", images: images)
    try await cluster.waitReady("rest")
    // settled: the versions stand still for five looks, a second apart
    var versions = try await resourceVersions()
    var still = 0
    try await eventually("nothing moves any more", within: .seconds(60), every: .seconds(1)) {
      let now = try await resourceVersions()
      still = now == versions ? still + 1 : 0
      versions = now
      return still >= 5 ? true : nil
    }
    // and then for half a minute, in which leases are renewed, agents look at their runtimes and grants run out
    let end = ContinuousClock().now.advanced(by: .seconds(30))
    try await eventually("half a minute is over", within: .seconds(60), every: .seconds(1)) {
      ContinuousClock().now >= end ? true : nil
    }
    #expect(try await resourceVersions() == versions)
    try await cluster.deleteImageSets("rest")
    try await cluster.wait(for: images, on: nodes, present: false)
  }

  private func resourceVersions() async throws -> [String: String] {
    let items = try await cluster.get("imagesets,nodeinventories,pullbudgets")["items"]?.array ?? []
    return Dictionary(
      items.map {
        (
          "\($0["kind"]?.string ?? "")/\($0["metadata"]?["name"]?.string ?? "")",
          $0["metadata"]?["resourceVersion"]?.string ?? ""
        )
      },
      uniquingKeysWith: { first, _ in first })
  }

  @Test("fields that Swiftlet doesn't know survive its writes, and a second apply changes nothing")
  func unknownFields() async throws {
    let images = try await cluster.push("known")
    let nodes = try await cluster.nodes()
    try await cluster.applyImageSet("known", images: images)
    try await cluster.kubectl("annotate", "imageset", "known", "example.com/keep=this")
    try await cluster.waitReady("known")
    let object = try await cluster.get("imageset", "known")
    #expect(object["metadata"]?["annotations"]?["example.com/keep"] == "this")
    try await cluster.deleteImageSets("known")
    try await cluster.wait(for: images, on: nodes, present: false)
  }

  @Test("two replicas run, one of them leads")
  func leader() async throws {
    let lease = try await cluster.get("lease", "swiftlet-controller", "-n", "swiftlet-system")
    let holder = try #require(lease["spec"]?["holderIdentity"]?.string)
    let pods = try await cluster.get("pods", "-n", "swiftlet-system", "-l", "app.kubernetes.io/component=controller")
    let names = (pods["items"]?.array ?? []).compactMap { $0["metadata"]?["name"]?.string }
    #expect(names.count == 2)
    #expect(names.contains { holder.contains($0) })
  }
}
