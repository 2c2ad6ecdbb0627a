import Foundation
import KubernetesClient
import OCI
import TestSupport
import Testing

/// The patterns of the schemas, with a regular expression engine of the same kind as the API server's.
@Suite struct PatternTests {
  private struct Field {
    let pattern: NSRegularExpression
    let maxLength: Int

    init(_ resource: String, _ path: String) throws {
      let schema = try #require(try Manifest.schema(resource).at(path))
      pattern = try NSRegularExpression(pattern: #require(schema["pattern"]?.string))
      maxLength = Int(try #require(schema["maxLength"]?.integer))
    }

    /// The whole text matches: `$` would let a line feed pass here, and doesn't there.
    func accepts(_ text: String) -> Bool {
      guard text.unicodeScalars.count <= maxLength else { return false }
      let all = NSRange(text.startIndex..., in: text)
      return pattern.firstMatch(in: text, range: all)?.range == all
    }
  }

  static let digest = "sha256:" + String(repeating: "0a", count: 32)

  @Test(arguments: [
    "nginx", "nginx:1.27", "library/nginx", "docker.io/library/nginx:latest", "localhost/a", "localhost:5000/a/b:tag",
    "registry.example.com:5000/team/app_x/y__z/v-w--u.t:V1.2_3-4", "10.0.0.1:5000/a", "[fd00::1]:5000/a", "[::1]/a",
    "Host/a", "my-registry/a", "a@\(digest)", "a:1@\(digest)", "host:5000/a:1@\(digest)",
    "a:\(String(repeating: "t", count: 128))", "0/1:2",
  ]) func imagesThatAreAccepted(text: String) throws {
    #expect(try Field("imagesets", "spec.images.*.image").accepts(text))
    #expect(throws: Never.self) { try ImageReference(parsing: text) }
  }

  @Test(arguments: [
    "", " ", "a b", "Nginx:1", "Nginx", "library/Nginx", "nginx:", "nginx:-1", "nginx@", "nginx@sha256:abc", ":1", "/a",
    "a/", "a//b", "host:/a", "host:port/a", "a\n", "\na", "a\tb", "a:1:2", "-a/b", "a..b", "a___b", "ü", "a/ü",
    "nginx;ls",
    "$(ls)", "http://a/b", "a:\(String(repeating: "t", count: 129))", String(repeating: "a", count: 1_000_000),
    "a@\(digest)@\(digest)", "a@\(digest) ", "[fd00::1/a",
  ]) func imagesThatAreRefused(text: String) throws {
    #expect(try !Field("imagesets", "spec.images.*.image").accepts(text))
  }

  /// The schema must never refuse what the parser understands.
  @Test(arguments: seeds("image pattern")) func thePatternAcceptsWhatTheParserDoes(seed: UInt64) throws {
    let field = try Field("imagesets", "spec.images.*.image")
    var random = SeededGenerator(seed: seed)
    let parts = [
      "a", "b0", "Z", "localhost", "docker.io", "[::1]", ":", ":", "/", "/", "@", ".", "_", "__", "-", "--", "5000",
      Self.digest, "sha512:" + String(repeating: "f", count: 128), "sha256:", " ", "é",
    ]
    var parsed = 0
    for _ in 0..<2000 {
      let text = (0..<Int.random(in: 1...7, using: &random)).map { _ in
        parts[Int.random(in: 0..<parts.count, using: &random)]
      }.joined()
      do {
        _ = try ImageReference(parsing: text)
      } catch {
        continue
      }
      parsed += 1
      #expect(field.accepts(text), "\(text)")
    }
    #expect(parsed > 100)
  }

  @Test(arguments: [
    ("12h", true), ("1h30m", true), ("0.5s", true), ("90s", true), ("100ms", true), ("1m0s", true), ("0h1s", true),
    ("10.0s", true), ("0.05h", true), ("0", false), ("0s", false), ("0.0h", false), ("0h0m0s", false), ("-1h", false),
    ("+1h", false), ("1", false), ("h", false), ("1d", false), ("1h ", false), ("1 h", false), ("1h-1m", false),
    ("", false), ("1,5h", false), ("1h\n", false), ("1.h", false),
  ]) func durationsAboveZero(text: String, isAccepted: Bool) throws {
    for (resource, path) in [
      ("imagesets", "spec.refreshInterval"), ("pullbudgets", "spec.backoff.initial"),
      ("pullbudgets", "spec.backoff.max"),
    ] {
      #expect(try Field(resource, path).accepts(text) == isAccepted, "\(path)")
    }
    if isAccepted { #expect(GoDuration.parse(text).map { $0 > .zero } == true) }
  }

  @Test(arguments: [
    ("0", true), ("0s", true), ("500ms", true), ("2s", true), ("1m30s", true), ("-2s", false), ("2", false),
    ("", false),
    ("00", false), ("s", false), ("2s,", false),
  ]) func intervals(text: String, isAccepted: Bool) throws {
    #expect(try Field("pullbudgets", "spec.minStartInterval").accepts(text) == isAccepted)
    if isAccepted { #expect(GoDuration.parse(text).map { $0 >= .zero } == true) }
  }

  @Test(arguments: [
    ("linux/amd64", true), ("linux/arm64/v8", true), ("linux/arm/v7", true), ("linux/x86_64", true), ("linux", false),
    ("Linux/amd64", false), ("linux/", false), ("/amd64", false), ("linux/amd64/v1/x", false), ("linux/amd 64", false),
    ("", false), ("linux\\amd64", false),
  ]) func platforms(text: String, isAccepted: Bool) throws {
    #expect(try Field("imagesets", "spec.images.*.platform").accepts(text) == isAccepted)
    if isAccepted { #expect(throws: Never.self) { try Platform(parsing: text) } }
  }

  @Test(arguments: [
    ("default", true), ("night-2", true), ("a.b", true), ("A", false), ("-a", false), ("a_b", false), ("", false),
    ("a/b", false), ("a..b", false), (String(repeating: "a", count: 254), false),
  ]) func budgetNames(text: String, isAccepted: Bool) throws {
    #expect(try Field("imagesets", "spec.budget").accepts(text) == isAccepted)
  }

  @Test(arguments: [
    ("gpu", true), ("node-role.kubernetes.io/worker", true), ("a/B_c.d-e", true), ("", false), ("a/b/c", false),
    ("/a", false), ("a/", false), ("-a", false), ("A.b/c", false), ("a b", false),
  ]) func labelKeys(text: String, isAccepted: Bool) throws {
    #expect(try Field("imagesets", "spec.nodes.selector.matchExpressions.*.key").accepts(text) == isAccepted)
  }

  @Test(arguments: [
    ("", true), ("a", true), ("A_b-c.1", true), ("-a", false), ("a-", false), ("a b", false), ("a/b", false),
    (String(repeating: "a", count: 64), false),
  ]) func labelValues(text: String, isAccepted: Bool) throws {
    for path in ["spec.nodes.selector.matchLabels.*", "spec.nodes.selector.matchExpressions.*.values.*"] {
      #expect(try Field("imagesets", path).accepts(text) == isAccepted, "\(path)")
    }
  }
}
