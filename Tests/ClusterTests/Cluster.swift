import Foundation
import KubernetesClient
import TestSupport

/// The real cluster that these tests run on: `Scripts/test` starts it and says where it is.
struct Cluster: Sendable {
  /// Where `cluster/cluster` is; nil where there is no cluster, and then every suite here is skipped.
  static let shared: Cluster? = {
    let environment = ProcessInfo.processInfo.environment
    guard let tool = environment["SWIFTLET_CLUSTER"], let registry = environment["SWIFTLET_REGISTRY"] else {
      return nil
    }
    return Cluster(tool: tool, registry: registry)
  }()

  static var isThere: Bool { shared != nil }
  static let skipped = "needs a real cluster: `make test` as root starts one and sets SWIFTLET_CLUSTER"

  /// The path of the cluster tool.
  let tool: String
  /// Host and port of the cluster's registry.
  let registry: String

  static func require() throws -> Cluster {
    guard let shared else { throw CommandFailure(command: "cluster", status: -1, output: Self.skipped) }
    return shared
  }

  // MARK: Tools

  /// Runs the cluster tool with a verb, such as `cut node2`.
  @discardableResult
  func run(_ arguments: String..., input: String? = nil) async throws -> String {
    try await command(tool, arguments, input: input)
  }

  /// Runs a command inside a node.
  @discardableResult
  func on(_ node: String, _ arguments: String...) async throws -> String {
    try await command(tool, ["on", node] + arguments)
  }

  @discardableResult
  func kubectl(_ arguments: String..., input: String? = nil) async throws -> String {
    try await command("kubectl", arguments, input: input)
  }

  /// Runs the `swiftlet` that was built along with the tests.
  @discardableResult
  func swiftlet(_ arguments: String..., input: String? = nil) async throws -> String {
    try await command(Self.swiftletPath, arguments, input: input)
  }

  /// The program lies where the tests lie.
  static let swiftletPath = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    .appending(path: "swiftlet").path

  /// What `kubectl get … -o json` says.
  func get(_ arguments: String...) async throws -> JSONValue {
    let text = try await command("kubectl", ["get"] + arguments + ["-o", "json"])
    return try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
  }

  func apply(_ manifest: String) async throws {
    try await kubectl("apply", "-f", "-", input: manifest)
  }

  // MARK: Nodes and images

  /// The names of the nodes that are there, sorted.
  func nodes() async throws -> [String] {
    (try await get("nodes")["items"]?.array ?? []).compactMap { $0["metadata"]?["name"]?.string }.sorted()
  }

  /// The image names that a node's runtime has.
  func images(on node: String) async throws -> Set<String> {
    let text = try await on(node, "ctr", "-n", "k8s.io", "images", "ls", "-q")
    return Set(text.split(separator: "\n").map(String.init))
  }

  /// Takes an image away behind Swiftlet's back.
  func remove(_ reference: String, from node: String) async throws {
    try await on(node, "ctr", "-n", "k8s.io", "images", "rm", "--sync", reference)
  }

  /// Pushes `count` small images, each with content of its own, and returns their references.
  func push(_ name: String, count: Int = 1, megabytes: Double = 1, layers: Int = 2) async throws -> [String] {
    try await run(
      "image", "\(registry)/\(name):1", "--count", "\(count)", "--size", "\(megabytes)", "--layers", "\(layers)")
    return (1...count).map { "\(registry)/\(name)-\($0):1" }
  }

  /// Waits until each of the nodes has (or has not) each of the images.
  func wait(
    for references: [String], on nodes: [String], present: Bool = true, within deadline: Duration = .seconds(60)
  ) async throws {
    for node in nodes {
      try await eventually(
        "\(references.count) images \(present ? "on" : "gone from") \(node)", within: deadline,
        every: .milliseconds(200)
      ) {
        let there = try await images(on: node)
        return references.allSatisfy { there.contains($0) == present } ? true : nil
      }
    }
  }
}
