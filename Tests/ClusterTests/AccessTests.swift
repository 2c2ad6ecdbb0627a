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

  struct Wrong: Sendable, CustomTestStringConvertible {
    let name: String
    let kind: String
    let spec: String
    /// A word that the error must hold, so that its author sees where to look.
    let says: String
    var testDescription: String { name }
  }

  static let wrong: [Wrong] = [
    Wrong(name: "empty image", kind: "ImageSet", spec: #"{images: [{image: ""}]}"#, says: "spec.images"),
    Wrong(name: "upper case", kind: "ImageSet", spec: "{images: [{image: 'Nginx:1'}]}", says: "spec.images"),
    Wrong(name: "a space", kind: "ImageSet", spec: "{images: [{image: 'a b'}]}", says: "spec.images"),
    Wrong(name: "a newline", kind: "ImageSet", spec: #"{images: [{image: "a\nb"}]}"#, says: "spec.images"),
    Wrong(name: "a shell's characters", kind: "ImageSet", spec: "{images: [{image: 'a;reboot'}]}", says: "spec.images"),
    Wrong(
      name: "two identical references", kind: "ImageSet", spec: "{images: [{image: nginx}, {image: nginx}]}",
      says: "Duplicate"),
    Wrong(
      name: "10,000 images", kind: "ImageSet",
      spec: "{images: [" + (0..<10_000).map { "{image: 'a\($0)'}" }.joined(separator: ", ") + "]}", says: "spec.images"
    ),
    Wrong(
      name: "a bad selector", kind: "ImageSet",
      spec: "{images: [{image: nginx}], nodes: {selector: {matchExpressions: [{key: a, operator: Is}]}}}",
      says: "operator"),
    Wrong(
      name: "a negative interval", kind: "ImageSet", spec: "{images: [{image: nginx}], refreshInterval: '-5m'}",
      says: "refreshInterval"),
    Wrong(name: "budget 0", kind: "PullBudget", spec: "{maxConcurrentNodes: 0}", says: "maxConcurrentNodes"),
    Wrong(name: "a negative wait", kind: "PullBudget", spec: "{minStartInterval: '-1s'}", says: "minStartInterval"),
  ]

  @Test("a wrong manifest is refused where it is applied, with the place", arguments: wrong)
  func refused(_ wrong: Wrong) async throws {
    let manifest = "apiVersion: swiftlet.dev/v1\nkind: \(wrong.kind)\nmetadata: {name: wrong}\nspec: \(wrong.spec)\n"
    do {
      try await cluster.kubectl("create", "-f", "-", input: manifest)
      Issue.record("it was accepted")
      try await cluster.kubectl("delete", wrong.kind, "wrong")
    } catch let failure as CommandFailure {
      #expect(failure.output.contains(wrong.says), "the error says: \(failure.output)")
    }
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
