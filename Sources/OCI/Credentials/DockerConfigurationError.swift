/// What is wrong with a Docker configuration. Holds nothing of what was read: even the names of its entries may carry
/// passwords.
package enum DockerConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  case notJSON
  /// An entry isn't made of texts.
  case wrongShape
  /// A `.dockerconfigjson` without `auths`.
  case noEntries
  /// The `auth` of an entry isn't base64 of UTF-8 text.
  case authNotBase64
  /// The `auth` of an entry, decoded, isn't `username:password`.
  case authWithoutColon

  package var description: String {
    switch self {
    case .notJSON: "it isn't valid JSON"
    case .wrongShape: "its entries aren't objects whose fields are texts"
    case .noEntries: "it has no \"auths\""
    case .authNotBase64: "the \"auth\" of an entry isn't base64"
    case .authWithoutColon: "the \"auth\" of an entry isn't base64 of username:password"
    }
  }
}
