import Foundation
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

/// What goes when parts of Swiftlet are taken away, and what must not.
@Suite(
  "Leaving", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)), .timeLimit(.minutes(5)))
struct LeavingTests {
  let cluster: Cluster

  init() async throws {
    cluster = try Cluster.require()
    try await cluster.reset()
  }

  private var deploy: URL {
    URL(filePath: cluster.tool).deletingLastPathComponent().deletingLastPathComponent().appending(path: "deploy")
  }

  @Test("deleting the definition of ImageSet under a running controller removes no image")
  func definition() async throws {
    let images = try await cluster.push("kept", count: 2)
    let nodes = try await cluster.nodes()
    try await cluster.applyImageSet("kept", images: images)
    try await cluster.waitReady("kept")
    try await cluster.kubectl("delete", "crd", "imagesets.swiftlet.dev", "--timeout=30s")
    // What the set wanted last goes on to count: so this shows that the controller has got over it.
    try await cluster.remove(images[0], from: nodes[0])
    try await cluster.wait(for: images, on: nodes)
    for node in nodes {
      let spec = try await cluster.inventory(node).spec
      #expect(spec.removals == nil)
      #expect(spec.images?.count == images.count)
    }
    // A leader that never knew the set keeps to the plans that it finds.
    try await cluster.kubectl(
      "delete", "pod", "-n", "swiftlet-system", "-l", "app.kubernetes.io/component=controller", "--force",
      "--grace-period=0")
    let old = try await cluster.get("lease", "swiftlet-controller", "-n", "swiftlet-system")["spec"]?["holderIdentity"]
    try await eventually("another leader", within: .seconds(60), every: .milliseconds(500)) {
      let lease = try await cluster.get("lease", "swiftlet-controller", "-n", "swiftlet-system")
      return lease["spec"]?["holderIdentity"] == old ? nil : true
    }
    try await cluster.kubectl("label", "node", nodes[0], "swiftlet.test/touched=yes", "--overwrite")
    for node in nodes { #expect(try await cluster.inventory(node).spec.removals == nil) }
    try await cluster.wait(for: images, on: nodes, within: .seconds(1))

    try await cluster.kubectl("label", "node", nodes[0], "swiftlet.test/touched-")
    let definition = deploy.appending(path: "crds/imagesets.swiftlet.dev.yaml").path
    try await cluster.kubectl("apply", "-f", definition)
    try await cluster.kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", definition)
    try await cluster.applyImageSet("kept", images: images)
    try await cluster.waitReady("kept")
    try await cluster.deleteImageSets("kept")
    try await cluster.wait(for: images, on: nodes, present: false)
  }
}
