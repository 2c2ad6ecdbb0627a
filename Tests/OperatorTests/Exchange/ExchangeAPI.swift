import KubernetesClient
import Operator
import Synchronization

/// What the exchange asks of an API server: reviews of tokens, and secrets.
final class ExchangeAPI: ClusterAPI {
  struct State {
    /// What is said of each token; of others that they aren't valid.
    var reviews: [String: TokenReviewStatus] = [:]
    var secrets: [ObjectKey: Result<Secret, KubernetesError>] = [:]
    var accounts: [ObjectKey: Result<ServiceAccount, KubernetesError>] = [:]
    var isDown = false
    /// While set, secrets are not given out.
    var gate: AsyncStream<Void>?
    var log: [String] = []
  }

  let state = Mutex(State())

  func count(_ operation: String) -> Int { state.withLock { $0.log.count { $0.hasPrefix(operation) } } }

  func get<R: KubernetesResource>(_ type: R.Type, name: String, namespace: String?) async throws(KubernetesError) -> R {
    let (gate, isDown) = state.withLock { state in
      state.log.append("get \(R.resourceType.resource) \(namespace ?? "")/\(name)")
      return (state.gate, state.isDown)
    }
    if let gate { for await _ in gate {} }
    if isDown { throw Self.error(503, "ServiceUnavailable") }
    let key = ObjectKey(namespace: namespace, name: name)
    let object: any KubernetesResource
    if type == ServiceAccount.self {
      object = try (state.withLock { $0.accounts[key] } ?? .failure(Self.error(404, "NotFound"))).get()
    } else {
      object = try (state.withLock { $0.secrets[key] } ?? .failure(Self.error(404, "NotFound"))).get()
    }
    guard let object = object as? R else {
      throw Self.error(400, "BadRequest")
    }
    return object
  }

  func create<R: KubernetesResource>(_ object: R, options: WriteOptions) async throws(KubernetesError) -> R {
    guard var review = object as? TokenReview else { throw Self.error(400, "BadRequest") }
    let (status, isDown) = state.withLock { state in
      state.log.append("review")
      let status = state.reviews[review.spec.token ?? ""] ?? TokenReviewStatus(authenticated: false, error: "invalid")
      return (status, state.isDown)
    }
    if isDown { throw Self.error(503, "ServiceUnavailable") }
    review.status = status
    // Like the real one: for audiences that the token isn't meant for it isn't valid.
    if let asked = review.spec.audiences, let meant = status.audiences, Set(asked).isDisjoint(with: meant) {
      review.status = TokenReviewStatus(authenticated: false, error: "invalid audiences")
    }
    guard let answer = review as? R else { throw Self.error(400, "BadRequest") }
    return answer
  }

  func listAll<R: KubernetesResource>(
    _ type: R.Type, namespace: String?, options: ListOptions
  ) async throws(KubernetesError) -> ListPage<R> {
    throw Self.error(403, "Forbidden")
  }

  func patch<R: KubernetesResource>(
    _ type: R.Type, name: String, namespace: String?, patch: Patch, subresource: String?, options: WriteOptions
  ) async throws(KubernetesError) -> R {
    throw Self.error(403, "Forbidden")
  }

  func delete<R: KubernetesResource>(
    _ type: R.Type, name: String, namespace: String?, options: DeleteOptions
  ) async throws(KubernetesError) {
    throw Self.error(403, "Forbidden")
  }

  func serverVersion() async throws(KubernetesError) -> ServerVersion { throw Self.error(403, "Forbidden") }

  static func error(_ code: Int, _ reason: String) -> KubernetesError {
    KubernetesError(cause: .status, code: code, reason: reason, message: reason, operation: "test")
  }
}
