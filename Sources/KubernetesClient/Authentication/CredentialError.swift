/// Credentials can't be had. Holds no secrets.
struct CredentialError: Error, Sendable, Hashable, CustomStringConvertible {
  var description: String
}
