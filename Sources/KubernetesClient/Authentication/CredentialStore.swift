/// The credentials that requests are sent with, read again as they change.
final class CredentialStore: Sendable {
  private let authority: SourceReader?
  private let certificate: SourceReader?
  private let key: SourceReader?
  private let authorization: AuthorizationProvider

  /// How old what was read from a file may be.
  static let maxAge = Duration.seconds(60)

  init(configuration: ClientConfiguration, environment: ClientEnvironment) throws {
    func reader(_ source: CredentialSource?) -> SourceReader? {
      source.map { SourceReader(source: $0, maxAge: Self.maxAge, environment: environment) }
    }
    let tls = configuration.tls
    authority = reader(try tls.certificateAuthority ?? Self.systemAuthority(configuration, environment))
    certificate = reader(tls.clientCertificate)
    key = reader(tls.clientKey)
    authorization = try AuthorizationProvider(configuration: configuration, environment: environment)
  }

  /// The file that SSL_CERT_FILE names, where anything depends on it.
  private static func systemAuthority(
    _ configuration: ClientConfiguration, _ environment: ClientEnvironment
  ) throws -> CredentialSource? {
    guard try ServerAddress(configuration.server).isSecure, !configuration.tls.isInsecure,
      let path = environment.variables()["SSL_CERT_FILE"], !path.isEmpty
    else { return nil }
    return .file(path)
  }

  /// - Throws: `CredentialError`.
  func current() async throws -> Credential {
    combine(try await authorization.current(), try files())
  }

  /// Reads everything again after the server refused `rejected`.
  ///
  /// - Returns: whether something else came of it.
  /// - Throws: `CredentialError`.
  func refresh(_ rejected: Credential) async throws -> Bool {
    try authority?.reread()
    try certificate?.reread()
    try key?.reread()
    try await authorization.refresh(rejected)
    return try await current() != rejected
  }

  private func files() throws -> TLSMaterial {
    TLSMaterial(
      certificateAuthority: try authority?.value(), clientCertificate: try certificate?.value(),
      clientKey: try key?.value())
  }

  private func combine(_ identity: Identity, _ files: TLSMaterial) -> Credential {
    var material = files
    if let certificate = identity.certificate, let key = identity.key {
      material.clientCertificate = certificate
      material.clientKey = key
    }
    return Credential(authorization: identity.authorization, material: material)
  }
}
