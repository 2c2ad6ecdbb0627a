import Foundation
import KubernetesClient
import SwiftletAPI
import TestSupport

extension Cluster {
  /// Takes away what an earlier test may have left, so that none fails because another did.
  ///
  /// - Parameter mode: who is to pull from now on.
  func reset(_ mode: ExecutorMode = .standard) async throws {
    let current = try await executorMode()
    if current == nil { try await use(mode) }
    try await clean()
    if let current, current != mode { try await use(mode) }
  }

  private func clean() async throws {
    let nodes = try await nodes()
    for node in nodes {
      try await run("heal", node)
      try await run("slow", node, "off")
      try await kubectl("uncordon", node)
    }
    try await run("registry", "start")
    try await run("registry", "slow", "off")
    try await kubectl("delete", "imagesets,pullbudgets", "--all", "--wait=true")
    try await kubectl("delete", "imagecaches", "-A", "--all", "--wait=true", "--timeout=90s")
    for node in nodes {
      try await eventually("\(node) is clean", within: .seconds(150), every: .milliseconds(200)) {
        let items = try await get("nodeinventories")["items"]?.array ?? []
        let mine = items.first { $0["metadata"]?["name"]?.string == node }
        return (mine?["status"]?["images"]?.object ?? [:]).isEmpty ? true : nil
      }
    }
  }

  /// Applies an ImageSet, as a user does it.
  ///
  /// - Parameter extra: further lines of `spec`, indented by two.
  func applyImageSet(_ name: String, images: [String], extra: String = "") async throws {
    let list = images.map { "  - image: \($0)" }.joined(separator: "\n")
    try await apply(
      """
      apiVersion: swiftlet.dev/v1
      kind: ImageSet
      metadata: {name: \(name)}
      spec:
        images:
      \(list)
      \(extra)
      """)
  }

  func imageSet(_ name: String) async throws -> ImageSet {
    let text = try await kubectl("get", "imageset", name, "-o", "json")
    return try JSONDecoder().decode(ImageSet.self, from: Data(text.utf8))
  }

  func inventory(_ node: String) async throws -> NodeInventory {
    let text = try await kubectl("get", "nodeinventory", node, "-o", "json")
    return try JSONDecoder().decode(NodeInventory.self, from: Data(text.utf8))
  }

  /// Waits until the set's own status has answered to its spec and holds what `condition` asks for.
  @discardableResult
  func wait(
    forSet name: String, _ what: String, within deadline: Duration = .seconds(90),
    until condition: (ImageSetStatus) -> Bool
  ) async throws -> ImageSetStatus {
    try await eventually("ImageSet \(name): \(what)", within: deadline, every: .milliseconds(200)) {
      let set = try await imageSet(name)
      guard let status = set.status, status.observedGeneration == set.metadata.generation, condition(status) else {
        return nil
      }
      return status
    }
  }

  @discardableResult
  func waitReady(_ name: String, within deadline: Duration = .seconds(90)) async throws -> ImageSetStatus {
    try await wait(forSet: name, "Ready", within: deadline) { $0.condition("Ready")?.status == .yes }
  }

  func deleteImageSets(_ names: String...) async throws {
    for name in names { try await kubectl("delete", "imageset", name, "--ignore-not-found", "--wait=true") }
  }
}

extension ImageSetStatus {
  func condition(_ type: String) -> Condition? { conditions?.first { $0.type == type } }
}
