import NIOSSL

/// The bytes of all certificates and keys of a connection. Equal material needs no new connections.
struct TLSMaterial: Sendable, Hashable {
  var certificateAuthority: SecretData?
  var clientCertificate: SecretData?
  var clientKey: SecretData?

  /// - Throws: `ConfigurationError` that names the field.
  func configuration(isInsecure: Bool) throws -> TLSConfiguration {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    if let certificateAuthority {
      let certificates = try Self.parse("certificate-authority") {
        try NIOSSLCertificate.fromPEMBytes(certificateAuthority.bytes)
      }
      configuration.trustRoots = .certificates(certificates)
    }
    if isInsecure { configuration.certificateVerification = .none }
    if let clientCertificate, let clientKey {
      let chain = try Self.parse("client-certificate") { try NIOSSLCertificate.fromPEMBytes(clientCertificate.bytes) }
      let key = try Self.parse("client-key") { try NIOSSLPrivateKey(bytes: clientKey.bytes, format: .pem) }
      configuration.certificateChain = chain.map { .certificate($0) }
      configuration.privateKey = .privateKey(key)
    } else if clientCertificate != nil || clientKey != nil {
      throw ConfigurationError(
        field: clientKey == nil ? "client-key" : "client-certificate",
        message: "a client certificate needs its key, and a key its certificate")
    }
    return configuration
  }

  private static func parse<T>(_ field: String, _ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch {
      throw ConfigurationError(field: field, message: "isn't valid PEM")
    }
  }
}
