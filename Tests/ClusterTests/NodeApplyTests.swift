import Foundation
import KubernetesClient
import TestSupport
import Testing

/// `swiftlet node apply` and `release`, on a node's own containerd and with a ledger of their own.
@Suite(
  "A machine without Kubernetes", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)),
  .timeLimit(.minutes(5)))
struct NodeApplyTests {
  let cluster: Cluster
  let folder = FileManager.default.temporaryDirectory.appending(path: "node-apply-\(UUID().uuidString)").path

  init() async throws {
    cluster = try Cluster.require()
    try await cluster.reset()
  }

  /// The machine's ledger and runtime, as flags.
  private var machine: [String] {
    get async throws {
      let socket = try await cluster.run("socket", try await cluster.nodes()[0])
      let endpoint = "unix://" + socket.trimmingCharacters(in: .whitespacesAndNewlines)
      return ["--ledger", "\(folder)/ledger.json", "--runtime-endpoint", endpoint]
    }
  }

  private func apply(_ images: [String], _ arguments: [String] = []) async throws -> JSONValue {
    let manifest = """
      apiVersion: swiftlet.dev/v1
      kind: ImageSet
      metadata: {name: edge}
      spec: {images: [\(images.map { "{image: '\($0)'}" }.joined(separator: ", "))]}
      ---
      apiVersion: swiftlet.dev/v1
      kind: PullBudget
      metadata: {name: default}
      spec: {maxPullsPerNode: 3, backoff: {initial: 500ms}}
      """
    let words =
      ["node", "apply", "-f", "-", "-o", "json", "--quiet", "--timeout", "60s", "--attempts", "2"] + (try await machine)
    let text: String
    do {
      text = try await command(Cluster.swiftletPath, words + arguments, input: manifest)
    } catch let failure as CommandFailure where failure.status == 1 {
      text = failure.output
    }
    return try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
  }

  private func results(_ report: JSONValue) -> [String: String] {
    let entries = (report["images"]?.array ?? []) + (report["removals"]?.array ?? [])
    return Dictionary(
      entries.map { ($0["image"]?.string ?? "", $0["result"]?.string ?? "") }, uniquingKeysWith: { first, _ in first })
  }

  @Test("images come, stay and go as the file says, and a missing one is named")
  func apply() async throws {
    let images = try await cluster.push("apply", count: 3)
    let node = try await cluster.nodes()[0]
    let missing = "\(cluster.registry)/apply-none:1"
    #expect(results(try await apply([images[0]], ["--dry-run"])) == [images[0]: "Pull"])
    let before = try await cluster.images(on: node)
    #expect(!before.contains(images[0]))

    let first = try await apply([images[0], images[1], missing])
    #expect(first["result"] == "Failed")
    #expect(results(first) == [images[0]: "Pulled", images[1]: "Pulled", missing: "Failed"])
    let failure = first["images"]?.array?.first { $0["image"]?.string == missing }
    #expect(failure?["reason"] == "NotFound")
    #expect(failure?["attempts"] == 2)

    let second = try await apply([images[1], images[2]])
    #expect(second["result"] == "Done")
    #expect(results(second) == [images[0]: "Removed", images[1]: "Present", images[2]: "Pulled"])
    let there = try await cluster.images(on: node)
    #expect(there.isSuperset(of: images[1...2]))
    #expect(!there.contains(images[0]))

    try await command(Cluster.swiftletPath, ["node", "release"] + (try await machine))
    #expect(!FileManager.default.fileExists(atPath: folder + "/ledger.json"))
    for image in images[1...2] { try await cluster.remove(image, from: node) }
    try FileManager.default.removeItem(atPath: folder)
  }
}
