import Foundation
import NIOSSL

/// Certificates made for one test by the openssl program: an authority, a server called `api.test`, one called
/// 127.0.0.1, and a client.
final class CertificateAuthority: Sendable {
  /// Why openssl made nothing.
  struct Failure: Error {
    var status: Int32
    var arguments: [String]
  }

  private let folder: URL

  private init(folder: URL) {
    self.folder = folder
  }

  /// Runs `body` with fresh certificates, which are removed afterwards.
  static func with(_ body: (CertificateAuthority) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "certificates-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let authority = CertificateAuthority(folder: folder)
    try authority.makeAll()
    try await body(authority)
  }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

  /// A server that demands a client certificate.
  ///
  /// - Parameter server: which of the servers it is.
  func serverTLS(_ server: String = "server", protocols: [String] = ["h2", "http/1.1"]) throws -> TLSConfiguration {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMFile(path("\(server).crt")).map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(file: path("\(server).key"), format: .pem)))
    configuration.certificateVerification = .noHostnameVerification
    configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path("ca.crt")))
    configuration.applicationProtocols = protocols
    return configuration
  }

  private func makeAll() throws {
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    try openssl(
      ["req", "-x509"] + key + ["-keyout", path("ca.key"), "-out", path("ca.crt"), "-subj", "/CN=authority"])
    for (name, subject, extensions) in [
      ("server", "/CN=server", "subjectAltName=DNS:api.test"),
      ("address", "/CN=server", "subjectAltName=IP:127.0.0.1"),
      ("client", "/CN=me", "extendedKeyUsage=clientAuth"),
    ] {
      try openssl(
        ["req", "-x509"] + key + [
          "-keyout", path("\(name).key"), "-out", path("\(name).crt"), "-subj", subject, "-CA", path("ca.crt"),
          "-CAkey", path("ca.key"), "-addext", extensions, "-addext", "basicConstraints=critical,CA:FALSE",
        ])
    }
  }

  private func openssl(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(status: process.terminationStatus, arguments: arguments)
    }
  }
}
