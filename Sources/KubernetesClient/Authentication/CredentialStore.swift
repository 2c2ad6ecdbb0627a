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
    authority = reader(tls.certificateAuthority)
    certificate = reader(tls.clientCertificate)
    key = reader(tls.clientKey)
    authorization = try AuthorizationProvider(configuration: configuration, environment: environment)
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
