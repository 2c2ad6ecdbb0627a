/// Who we are, apart from a client certificate in `TLSOptions`.
public enum Authentication: Sendable, Hashable {
  case none
  /// A bearer token.
  case token(CredentialSource)
  case basic(username: String, password: SecretData)
  /// A program that prints an `ExecCredential`.
  case exec(ExecPlugin)
}
