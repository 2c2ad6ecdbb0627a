/// What a registry wants to see. No description shows it.
package enum RegistryLogin: Hashable, Sendable {
  case password(username: String, password: String)
  /// An OAuth refresh token (`identitytoken` in a Docker configuration).
  case identityToken(String)
  /// A token that is sent as it is (`registrytoken`).
  case registryToken(String)
}

extension RegistryLogin: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "<redacted>" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
