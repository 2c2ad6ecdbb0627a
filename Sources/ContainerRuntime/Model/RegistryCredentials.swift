/// What a registry wants to see. Never shown: every description says only that there are some.
package struct RegistryCredentials: Sendable, Hashable {
  package enum Secret: Sendable, Hashable {
    case password(username: String, password: String)
    /// Base64 of `username:password`, as in a Docker configuration.
    case auth(String)
    /// An OAuth refresh token. CRI-O doesn't take it.
    case identityToken(String)
  }

  package var secret: Secret
  /// The registry that they are for; containerd uses them for no other.
  package var serverAddress: String

  package init(_ secret: Secret, serverAddress: String) {
    self.secret = secret
    self.serverAddress = serverAddress
  }
}

extension RegistryCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "credentials for \(serverAddress)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: ["serverAddress": serverAddress]) }
}

extension RegistryCredentials.Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "redacted" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
