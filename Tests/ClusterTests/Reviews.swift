import Foundation
import KubernetesClient
import TestSupport

/// What the webhook server has to do with tests.
extension Cluster {
  static let webhookConfiguration = "swiftlet-webhook"

  /// Runs `body` while nobody looks at what is written, as it was before there was a webhook.
  func unreviewed(_ body: () async throws -> Void) async throws {
    let configuration = try await get("validatingwebhookconfiguration", Self.webhookConfiguration)
    guard let rules = configuration["webhooks"]?.array?.first?["rules"] else {
      throw CommandFailure(command: "rules", status: -1, output: "the webhook configuration has no rules")
    }
    try await setRules([])
    let result: Result<Void, any Error>
    do {
      try await eventually("nothing is reviewed", within: .seconds(20), every: .milliseconds(200)) {
        try await refusal(of: Self.wrong) == nil ? true : nil
      }
      try await body()
      result = .success(())
    } catch {
      result = .failure(error)
    }
    try await setRules(rules)
    try result.get()
    try await eventually("all is reviewed again", within: .seconds(20), every: .milliseconds(200)) {
      try await refusal(of: Self.wrong) == nil ? nil : true
    }
  }

  private func setRules(_ rules: JSONValue) async throws {
    let patch: JSONValue = [["op": "replace", "path": "/webhooks/0/rules", "value": rules]]
    let encoder = JSONEncoder()
    // kubectl reads it as YAML, which knows no `\/`.
    encoder.outputFormatting = .withoutEscapingSlashes
    let text = String(decoding: try encoder.encode(patch), as: UTF8.self)
    try await kubectl(
      "patch", "validatingwebhookconfiguration", Self.webhookConfiguration, "--type=json", "-p", text)
  }

  /// A manifest that only the webhook refuses.
  static let wrong = imageCache("wrong", #"[{images: ["nginx", "nginx:latest"]}]"#)

  static func imageCache(_ name: String, _ lists: String) -> String {
    """
    apiVersion: kubefledged.io/v1alpha2
    kind: ImageCache
    metadata: {name: \(name), namespace: default}
    spec: {cacheSpec: \(lists)}
    """
  }

  /// The words with which a manifest is refused; nil where it isn't. Nothing is kept.
  func refusal(of manifest: String) async throws -> String? {
    do {
      try await kubectl("create", "--dry-run=server", "-f", "-", input: manifest)
      return nil
    } catch let failure as CommandFailure {
      return failure.output
    }
  }
}
