import Testing

/// What the API server refuses, and with which words. Nothing is left of it, so the cluster needn't be clean for each.
@Suite(
  "Wrong manifests", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)),
  .timeLimit(.minutes(5)))
struct WrongManifestTests {
  let cluster: Cluster

  init() throws {
    cluster = try Cluster.require()
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
}
