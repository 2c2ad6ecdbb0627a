import ContainerRuntime
import SwiftletAPI

extension CredentialOffer.Note {
  /// Whether a pull without a login would say something wrong: nobody knows yet whether there is one.
  var keepsFromTrying: Bool {
    switch self {
    case .secret(let note): note.problem == .unavailable
    case .secretsUnavailable: true
    case .pluginWithoutLogin, .plugin, .noPlugins: false
    }
  }

  /// Whether what wasn't looked into may have the right login: the kubelet, say, may read a secret that the controller may not.
  var isUnread: Bool {
    if case .secret(let note) = self, note.problem == .unreadable { return true }
    return keepsFromTrying
  }

  /// What was looked into and had no login.
  var originWithoutLogin: CredentialOffer.Origin? {
    switch self {
    case .secret(let note) where note.problem == .noEntry:
      .secret(note.kind == nil ? note.secret : note.title)
    case .pluginWithoutLogin(let name): .plugin(name)
    default: nil
    }
  }

  /// What is wrong; nil where nothing is, only that there is no login.
  var problem: (reason: PullFailureReason, words: String)? {
    switch self {
    case .secret(let note): note.trouble
    case .secretsUnavailable(let failure): (.credentialsUnavailable, failure.message)
    case .pluginWithoutLogin: nil
    case .plugin(let name, let failure): (.credentialPluginFailed, "credential plugin \(name) \(failure)")
    case .noPlugins(let words): (.credentialPluginFailed, "the credential plugins can't be used: \(words)")
    }
  }
}

extension SecretNote {
  fileprivate var title: String { "\(kind?.rawValue ?? "Secret") \(secret)" }

  fileprivate var trouble: (reason: PullFailureReason, words: String)? {
    switch problem {
    case .missing: (.secretMissing, "there is no \(title)")
    case .unreadable:
      (
        .secretUnreadable,
        "the controller isn't allowed to get \(title); "
          + "a role in namespace \(secret.prefix { $0 != "/" }) has to let it"
      )
    case .invalid: (.secretInvalid, "\(title) is no pull secret: \(message ?? "")")
    case .unavailable: (.credentialsUnavailable, "the API server didn't give the controller \(title)")
    case .noEntry: nil
    }
  }
}
