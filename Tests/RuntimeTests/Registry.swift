import Foundation
import TestSupport

/// A registry on a free port of this machine, with folders of its own.
struct Registry: Sendable {
  enum Kind: Sendable {
    case plain
    /// For the user `user` with the password `right`.
    case login
    /// With a certificate that nobody signed but itself.
    case selfSigned
  }

  /// Host and port.
  let host: String

  /// Runs `body` with a registry.
  static func with<Result: Sendable>(
    _ kind: Kind = .plain, _ body: (Registry) async throws -> Result
  ) async throws -> Result {
    let folder = NSTemporaryDirectory() + "registry-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer {
      do { try FileManager.default.removeItem(atPath: folder) } catch { print("\(folder) stays: \(error)") }
    }
    let port = try freePort()
    var lines = [
      "version: 0.1", "log: {level: warn}", "storage: {filesystem: {rootdirectory: \"\(folder)/data\"}}",
    ]
    var tls = ""
    switch kind {
    case .plain: break
    case .login:
      // bcrypt of "right"
      try "user:$2y$05$Pbx1X1Hm.r7yNkUwwIMMxuxBtze6jEwqUeproPrNbPrpGJn5Eyai.\n".write(
        toFile: folder + "/users", atomically: true, encoding: .utf8)
      lines.append("auth: {htpasswd: {realm: test, path: \"\(folder)/users\"}}")
    case .selfSigned:
      try Program.run(
        "/usr/bin/openssl",
        [
          "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
          "/CN=registry", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder + "/key", "-out",
          folder + "/certificate",
        ])
      tls = ", tls: {certificate: \"\(folder)/certificate\", key: \"\(folder)/key\"}"
    }
    lines.append("http: {addr: \"127.0.0.1:\(port)\"\(tls)}")
    try lines.joined(separator: "\n").write(toFile: folder + "/config.yml", atomically: true, encoding: .utf8)
    let program = try Program("/usr/bin/docker-registry", ["serve", folder + "/config.yml"], log: folder + "/log")
    defer { program.stop() }
    try await eventually("the registry listens; it says: \(program.lastWords)") { isListening(port) ? true : nil }
    return try await body(Registry(host: "127.0.0.1:\(port)"))
  }

  /// The repository's own tools.
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// Pushes the images that the conformance suite asks for: see `cluster/conformance-images`.
  func pushConformanceImages() throws {
    try Program.run(Self.root + "/cluster/conformance-images", [host])
  }

  /// Pushes `count` images of random data, each with content of its own, and returns their references.
  func push(_ name: String, count: Int, megabytes: Double) throws -> [String] {
    try Program.run(
      Self.root + "/cluster/synthetic-image",
      ["\(host)/\(name):1", "--count", "\(count)", "--size", "\(megabytes)", "--layers", "2"])
    return (1...count).map { "\(host)/\(name)-\($0):1" }
  }
}
