import KubernetesClient
package import OCI
package import SwiftletAPI

/// The logins for one image, and why there aren't more.
package struct CredentialOffer: Sendable, Hashable {
  /// Where a login is from.
  package enum Origin: Sendable, Hashable {
    /// `namespace/name`, or the path of a file.
    case secret(String)
    /// The name of one of the kubelet's credential-provider plugins.
    case plugin(String)
  }

  package struct Candidate: Sendable, Hashable {
    package let origin: Origin
    /// Nil where it is none that any runtime takes.
    package let login: RegistryLogin?

    package init(origin: Origin, login: RegistryLogin?) {
      self.origin = origin
      self.login = login
    }
  }

  /// What could have offered a login, and didn't.
  package enum Note: Sendable, Hashable {
    case secret(SecretNote)
    /// Nobody could be asked for what the pull secrets hold.
    case secretsUnavailable(CredentialFailure)
    /// The plugin has no login for this image.
    case pluginWithoutLogin(String)
    case plugin(String, CredentialPluginFailure)
    /// - Parameter words: why no plugin can be used.
    case noPlugins(_ words: String)
  }

  /// To be tried in this order.
  package var candidates: [Candidate]
  package var notes: [Note]

  package init(candidates: [Candidate] = [], notes: [Note] = []) {
    self.candidates = candidates
    self.notes = notes
  }

  /// What the exchange answered.
  package init(_ credentials: ImageCredentials) {
    candidates = credentials.candidates.map { Candidate(origin: .secret($0.secret), login: RegistryLogin($0)) }
    notes = credentials.others.map { .secret($0) }
  }
}

extension RegistryLogin {
  /// Nil for what isn't text.
  fileprivate init?(_ offered: OfferedLogin) {
    if let token = offered.identityToken?.text {
      self = .identityToken(token)
    } else if let username = offered.username?.text, let password = offered.password?.text {
      self = .password(username: username, password: password)
    } else if let token = offered.registryToken?.text {
      self = .registryToken(token)
    } else {
      return nil
    }
  }
}
