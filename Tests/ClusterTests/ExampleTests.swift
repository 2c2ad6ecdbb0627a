import Foundation
import KubernetesClient
import TestSupport
import Testing

/// The example controller of the library, as a program, against the real API server.
@Suite(
  "Example", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)), .timeLimit(.minutes(2)))
struct ExampleTests {
  let cluster: Cluster

  init() throws {
    cluster = try Cluster.require()
  }

  private func label(_ name: String, of namespace: String) async throws -> String? {
    try await cluster.get("namespace", namespace)["metadata"]?["labels"]?[name]?.string
  }

  @Test("label-keeper gives namespaces the labels that the ConfigMap lists, and leaves what they have")
  func labelKeeper() async throws {
    for namespace in ["keeper-a", "keeper-b"] {
      try await cluster.kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=true")
    }
    try await cluster.apply(
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: keeper-a, labels: {team: blue}}
      """)
    let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "label-keeper")
    let process = Process()
    process.executableURL = program
    try process.run()
    do {
      try await cluster.apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: label-keeper, namespace: default}
        data: {team: nobody, tier: test}
        """)
      try await eventually("keeper-a has its labels", within: .seconds(40), every: .milliseconds(200)) {
        try await label("tier", of: "keeper-a") == "test" ? true : nil
      }
      #expect(try await label("team", of: "keeper-a") == "blue")
      try await cluster.kubectl("create", "namespace", "keeper-b")
      try await cluster.kubectl("label", "namespace", "keeper-a", "tier-")
      try await eventually("both have their labels", within: .seconds(10), every: .milliseconds(200)) {
        let labels = [try await label("tier", of: "keeper-a"), try await label("team", of: "keeper-b")]
        return labels == ["test", "nobody"] ? true : nil
      }
    } catch {
      process.terminate()
      throw error
    }
    process.terminate()
    try await eventually("it ends in good order", within: .seconds(10)) { process.isRunning ? nil : true }
    #expect(process.terminationStatus == 0)
    #expect(process.terminationReason == .exit)
    let holder = try await cluster.get("lease", "label-keeper")["spec"]?["holderIdentity"]?.string
    #expect(holder ?? "" == "", "the lease is given back")
    for namespace in ["keeper-a", "keeper-b"] {
      try await cluster.kubectl("delete", "namespace", namespace, "--wait=false")
    }
    for word in ["team", "tier"] {
      for namespace in ["default", "kube-system", "kube-public", "kube-node-lease", "swiftlet-system"] {
        try await cluster.kubectl("label", "namespace", namespace, "\(word)-")
      }
    }
    try await cluster.kubectl("delete", "configmap", "label-keeper")
    try await cluster.kubectl("delete", "lease", "label-keeper")
  }
}
