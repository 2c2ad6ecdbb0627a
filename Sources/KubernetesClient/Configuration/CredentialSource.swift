/// Where certificates, keys or tokens come from. Files are read again as they change.
public enum CredentialSource: Sendable, Hashable {
  case inline(SecretData)
  /// An absolute path.
  case file(String)
}
