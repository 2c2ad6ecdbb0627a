/// How the server proves itself, and the certificate that we show.
public struct TLSOptions: Sendable, Hashable {
  /// Certificates in PEM that the server's must chain to. Where nil, those in the file that the variable
  /// SSL_CERT_FILE names, else the system's.
  public var certificateAuthority: CredentialSource?
  /// Our certificate and those between it and its authority, in PEM.
  public var clientCertificate: CredentialSource?
  /// Its key, in PEM.
  public var clientKey: CredentialSource?
  /// The name that the server's certificate must carry; the host of the URL where nil.
  public var serverName: String?
  /// Whether any certificate of the server is accepted.
  public var isInsecure: Bool

  public init(
    certificateAuthority: CredentialSource? = nil, clientCertificate: CredentialSource? = nil,
    clientKey: CredentialSource? = nil, serverName: String? = nil, isInsecure: Bool = false
  ) {
    self.certificateAuthority = certificateAuthority
    self.clientCertificate = clientCertificate
    self.clientKey = clientKey
    self.serverName = serverName
    self.isInsecure = isInsecure
  }
}
