package import KubernetesClient
package import Logging
package import OCI
package import Planning

/// Reads pull secrets, each at most once in a few seconds however many nodes ask, and keeps none longer.
package struct PullSecretReader: Sendable {
  /// What was found under a secret's name.
  package enum Finding: Sendable, Hashable {
    case logins(DockerConfiguration)
    case missing
    /// The controller isn't allowed to get it.
    case unreadable
    /// - Parameter words: what is wrong with it, without anything that it holds.
    case invalid(_ words: String)
    /// The API server didn't answer.
    case unanswered
  }

  static let memory = Duration.seconds(10)
  static let maxRemembered = 1000

  private let secrets: ShortMemory<PullSecret, Finding>

  package init(api: any ClusterAPI, clock: any Clock<Duration> = ContinuousClock(), logger: Logger) {
    secrets = ShortMemory(
      lifetime: Self.memory, capacity: Self.maxRemembered, clock: clock, keeps: { $0 != .unanswered }
    ) { secret in
      await Self.read(secret, api: api, logger: logger)
    }
  }

  /// Reads what is asked for, until the task is cancelled; then everything is forgotten.
  package func run() async { await secrets.run() }

  package func finding(for secret: PullSecret) async -> Finding {
    await secrets.value(for: secret) ?? .unanswered
  }

  private static func read(_ secret: PullSecret, api: any ClusterAPI, logger: Logger) async -> Finding {
    do throws(KubernetesError) {
      return finding(in: try await api.get(Secret.self, name: secret.name, namespace: secret.namespace))
    } catch {
      if error.isNotFound { return .missing }
      if error.isForbidden { return .unreadable }
      if error.cause == .decoding { return .invalid("its data can't be read") }
      logger.warning(
        "a pull secret can't be read",
        metadata: [
          "k8s.secret.name": "\(secret.name)", "k8s.namespace.name": "\(secret.namespace)", "error": "\(error)",
        ])
      return .unanswered
    }
  }

  /// As the kubelet has it, type and key must fit each other; unlike there, it is said when they don't.
  package static func finding(in secret: Secret) -> Finding {
    do throws(DockerConfigurationError) {
      switch secret.type {
      case "kubernetes.io/dockerconfigjson":
        guard let bytes = content(of: secret, ".dockerconfigjson") else {
          return .invalid("it has no .dockerconfigjson")
        }
        return .logins(try DockerConfiguration(configJSON: bytes))
      case "kubernetes.io/dockercfg":
        guard let bytes = content(of: secret, ".dockercfg") else { return .invalid("it has no .dockercfg") }
        return .logins(try DockerConfiguration(legacy: bytes))
      default:
        return .invalid("it is of another type than kubernetes.io/dockerconfigjson and kubernetes.io/dockercfg")
      }
    } catch {
      return .invalid(error.description)
    }
  }

  private static func content(of secret: Secret, _ key: String) -> [UInt8]? {
    guard let bytes = secret.data?[key]?.bytes, !bytes.isEmpty else { return nil }
    return bytes
  }
}
