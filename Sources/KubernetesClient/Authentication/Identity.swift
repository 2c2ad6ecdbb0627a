/// Who we are towards the server.
struct Identity: Sendable, Hashable {
  /// The Authorization header.
  var authorization: SecretData?
  /// A client certificate and its key in PEM, from a credential plugin.
  var certificate: SecretData?
  var key: SecretData?

  static func bearer(_ token: String) -> Identity {
    Identity(authorization: SecretData("Bearer \(token)"))
  }
}
