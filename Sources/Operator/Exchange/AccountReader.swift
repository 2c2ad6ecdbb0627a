import KubernetesClient
package import Logging
package import Planning
import SwiftletAPI

/// Reads which pull secrets service accounts name, each account at most once in a few seconds.
package struct AccountReader: Sendable {
  /// What was found under an account's name.
  package enum Finding: Sendable, Hashable {
    /// In the account's order.
    case secrets([PullSecret])
    case missing
    /// The controller isn't allowed to get it.
    case unreadable
    /// The API server didn't answer.
    case unanswered
  }

  static let memory = Duration.seconds(10)
  static let maxRemembered = 1000
  /// So many secrets of one account count.
  static let maxSecrets = 20

  private let accounts: ShortMemory<PullSecret, Finding>

  package init(api: any ClusterAPI, clock: any Clock<Duration> = ContinuousClock(), logger: Logger) {
    accounts = ShortMemory(
      lifetime: Self.memory, capacity: Self.maxRemembered, clock: clock, keeps: { $0 != .unanswered }
    ) { account in
      await Self.read(account, api: api, logger: logger)
    }
  }

  /// Reads what is asked for, until the task is cancelled; then everything is forgotten.
  package func run() async { await accounts.run() }

  package func finding(for account: PullSecret) async -> Finding {
    await accounts.value(for: account) ?? .unanswered
  }

  private static func read(_ account: PullSecret, api: any ClusterAPI, logger: Logger) async -> Finding {
    do throws(KubernetesError) {
      return secrets(
        of: try await api.get(ServiceAccount.self, name: account.name, namespace: account.namespace), account)
    } catch {
      if error.isNotFound { return .missing }
      if error.isForbidden { return .unreadable }
      logger.warning(
        "a service account can't be read",
        metadata: [
          "k8s.serviceaccount.name": "\(account.name)", "k8s.namespace.name": "\(account.namespace)",
          "error": "\(error)",
        ])
      return .unanswered
    }
  }

  /// The API server checks these names no further, and they become part of a request's path.
  private static func secrets(of object: ServiceAccount, _ account: PullSecret) -> Finding {
    let names = (object.imagePullSecrets ?? []).compactMap(\.name).filter(PullSecretReference.isName)
    return .secrets(names.prefix(maxSecrets).map { PullSecret(namespace: account.namespace, name: $0) })
  }
}
