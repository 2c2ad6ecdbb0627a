package import KubernetesClient
package import KubernetesRuntime
package import Logging
import SwiftletAPI

/// Finds out on which node the agent is whose token came along with a request.
///
/// The API server says which pod the token was made for; the pod must be one of the agents, the very one by its UID, and
/// bound to a node. What the API server says is remembered for a few seconds; whether the pod is there, is looked at each
/// time.
package struct AgentIdentifier: Sendable {
  /// What the API server said of a token.
  enum Review: Sendable, Hashable {
    case pod(name: String, uid: String, node: String?)
    case refused
    case unanswered
  }

  static let podName = "authentication.kubernetes.io/pod-name"
  static let podUID = "authentication.kubernetes.io/pod-uid"
  static let nodeName = "authentication.kubernetes.io/node-name"
  static let memory = Duration.seconds(10)
  static let maxRemembered = 5000

  private let namespace: String
  private let agents: Store<Pod>
  private let reviews: ShortMemory<AgentToken, Review>

  package init(
    api: any ClusterAPI, namespace: String, agents: Store<Pod>, clock: any Clock<Duration> = ContinuousClock(),
    logger: Logger
  ) {
    self.namespace = namespace
    self.agents = agents
    reviews = ShortMemory(
      lifetime: Self.memory, capacity: Self.maxRemembered, clock: clock,
      keeps: { if case .pod = $0 { true } else { false } }
    ) { token in
      await Self.review(token, api: api, namespace: namespace, logger: logger)
    }
  }

  /// Makes the reviews, until the task is cancelled.
  package func run() async { await reviews.run() }

  /// - Returns: the name of the node.
  package func node(of token: AgentToken) async throws(ExchangeRefusal) -> String {
    switch await reviews.value(for: token) {
    case .refused: throw .unauthenticated
    case .unanswered, nil: throw .unavailable
    case .pod(let name, let uid, let claimed):
      guard let pod = agents[ObjectKey(namespace: namespace, name: name)], pod.metadata.uid == uid,
        let node = pod.spec?.nodeName, !node.isEmpty, claimed == nil || claimed == node
      else { throw .unknownPod }
      return node
    }
  }

  private static func review(
    _ token: AgentToken, api: any ClusterAPI, namespace: String, logger: Logger
  ) async -> Review {
    let request = TokenReview(spec: TokenReviewSpec(token: token.text, audiences: [CredentialExchange.audience]))
    let status: TokenReviewStatus?
    do throws(KubernetesError) {
      status = try await api.create(request, options: WriteOptions()).status
    } catch {
      logger.warning("a token can't be reviewed", metadata: ["error": "\(error)"])
      return .unanswered
    }
    guard let status, status.authenticated == true,
      status.audiences?.contains(CredentialExchange.audience) == true,
      let user = status.user, user.username?.hasPrefix("system:serviceaccount:\(namespace):") == true,
      let name = user.extra?[podName]?.first, let uid = user.extra?[podUID]?.first, !name.isEmpty, !uid.isEmpty
    else { return .refused }
    return .pod(name: name, uid: uid, node: user.extra?[nodeName]?.first)
  }
}
