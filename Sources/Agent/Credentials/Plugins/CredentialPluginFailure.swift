package import KubernetesClient

/// Why a credential-provider plugin offers nothing. Holds nothing that it printed.
package enum CredentialPluginFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// There is no such file in the folder with the plugins.
  case notThere(folder: String)
  /// It is there, and what runs it isn't.
  case noInterpreter
  case program(ChildProgram.Failure)
  /// What it printed is no CredentialProviderResponse.
  case notAnswer
  case otherVersion(expected: String)
  case unknownCacheKeyType
  /// It wants the token of a pod's service account.
  case needsToken
  case shuttingDown

  /// What follows the plugin's name in a sentence.
  package var description: String {
    switch self {
    case .notThere(let folder): "isn't in \(folder)"
    case .noInterpreter:
      "is a script or a dynamically linked program, and what runs it isn't where the agent runs"
    case .program(let failure): "\(failure)"
    case .notAnswer: "printed something else than a CredentialProviderResponse in JSON"
    case .otherVersion(let expected): "answered in another version than \(expected)"
    case .unknownCacheKeyType: "answered with a cacheKeyType other than Image, Registry and Global"
    case .needsToken:
      "wants the token of a pod's service account (tokenAttributes), and there is no pod when an agent pulls"
    case .shuttingDown: "wasn't asked, because the agent is shutting down"
    }
  }

  /// Whether it would be the same for any other image.
  var isAboutAllImages: Bool {
    switch self {
    case .notThere, .noInterpreter, .needsToken, .shuttingDown, .program(.timedOut), .program(.notStarted): true
    case .program, .notAnswer, .otherVersion, .unknownCacheKeyType: false
    }
  }
}
