import CoreMetrics
public import KubernetesClient
public import Logging
public import ServiceLifecycle
import Synchronization

/// Keeps a ``Store`` the same as what the server has, and tells handlers what changed.
///
/// Expected flow: make the informer, register handlers with `observe`, run it as a service, and wait with
/// `waitUntilSynced` before deciding anything by what the store holds.
///
/// - The store is written by `run` only, before the handlers are called; handlers are called one after the other, in
///   the order of their registration, on the informer's task. They must be quick: adding a key to a ``WorkQueue`` is.
/// - Unknown is not none: while the kind can't be listed or watched the store keeps what it last saw, and
///   `availability` says so. Who removes things because an object is gone must look at it first.
/// - `run` ends on cancellation or graceful shutdown only; every failure is retried, at least every 30 s or so.
public final class Informer<R: KubernetesResource>: Sendable, Service {
  private struct Shared {
    var handlers: [@Sendable (StoreChange<R>) -> Void] = []
    var availabilityHandlers: [@Sendable (Availability) -> Void] = []
    var availability = Availability.pending
    var lastError: KubernetesError?
  }

  /// What the server has, as last seen.
  public let store: Store<R>
  /// Which objects are followed.
  public let scope: InformerScope

  let client: KubernetesClient
  let labelSelector: String?
  let fieldSelector: String?
  let transform: (@Sendable (R) -> R)?
  let logger: Logger
  let time: TimeSource
  let metrics: InformerMetrics
  private let synced = Latch()
  private let shared = Mutex(Shared())

  /// - Parameters:
  ///   - client: what asks the server.
  ///   - type: the kind of the objects.
  ///   - scope: which objects to follow.
  ///   - labelSelector: only objects with these labels, as in `app=web,tier!=test`.
  ///   - fieldSelector: only objects with these fields; not together with `named`.
  ///   - indexes: named functions from an object to the values under which the store finds it.
  ///   - transform: applied to each object before it goes into the store, to drop fields that take memory. It must
  ///     keep the metadata.
  ///   - logger: hears when the kind can't be followed, and when it can again.
  ///   - clock: what waits are measured by.
  public init(
    client: KubernetesClient, type: R.Type = R.self, scope: InformerScope = .cluster, labelSelector: String? = nil,
    fieldSelector: String? = nil, indexes: [String: @Sendable (R) -> [String]] = [:],
    transform: (@Sendable (R) -> R)? = nil, logger: Logger, clock: any Clock<Duration> = ContinuousClock()
  ) {
    self.client = client
    self.scope = scope
    self.labelSelector = labelSelector
    self.fieldSelector = scope.name.map { "metadata.name=\($0)" } ?? fieldSelector
    self.transform = transform
    store = Store(indexes: indexes)
    time = TimeSource(clock)
    metrics = InformerMetrics(resource: Self.resourceName)
    var logger = logger
    logger[metadataKey: "k8s.resource"] = "\(Self.resourceName)"
    if let namespace = scope.namespace { logger[metadataKey: "k8s.namespace"] = "\(namespace)" }
    if let name = scope.name { logger[metadataKey: "k8s.name"] = "\(name)" }
    self.logger = logger
  }

  /// The resource with its group, such as `leases.coordination.k8s.io`.
  static var resourceName: String {
    let type = R.resourceType
    return type.group.isEmpty ? type.resource : "\(type.resource).\(type.group)"
  }

  /// Whether the store can be taken for what the server has at present.
  public var availability: Availability { shared.withLock { $0.availability } }

  /// The last request that failed since objects were last heard of; nil when all is well.
  public var lastError: KubernetesError? { shared.withLock { $0.lastError } }

  /// Registers a handler for changes. To see all of them, register before `run`.
  public func observe(_ handler: @escaping @Sendable (StoreChange<R>) -> Void) {
    shared.withLock { $0.handlers.append(handler) }
  }

  /// Registers a handler that is called whenever `availability` changes. As quick as the others.
  public func observeAvailability(_ handler: @escaping @Sendable (Availability) -> Void) {
    shared.withLock { $0.availabilityHandlers.append(handler) }
  }

  /// Waits until the store has held a complete list.
  ///
  /// - Parameter deadline: how long to wait.
  /// - Throws: `InformerError.notSynced` when the time is over, `CancellationError` when the task is cancelled.
  public func waitUntilSynced(deadline: Duration = .seconds(60)) async throws {
    let isSynced = try await withDeadline(time.now + deadline, time: time) { await self.synced.wait() }
    try Task.checkCancellation()
    if isSynced == true || synced.isOpen { return }
    throw InformerError.notSynced(resource: Self.resourceName, after: deadline, availability: availability)
  }

  public func run() async throws {
    await cancelWhenGracefulShutdown { await self.follow() }
    try Task.checkCancellation()
  }

  /// Carries out what the watcher says about the objects.
  func apply(_ effect: WatcherEffect<R>) {
    switch effect {
    case .upsert(let object): emit([store.upsert(object)])
    case .remove(let object): emit(store.remove(object.key).map { [$0] } ?? [])
    case .replace(let objects):
      emit(store.replace(with: objects))
      synced.open()
    case .availability(let availability): set(availability)
    }
  }

  /// Keeps a failure for those who ask.
  func note(_ error: KubernetesError) {
    shared.withLock { $0.lastError = error }
    metrics.failures.increment()
    logger.debug("a request of the informer failed", metadata: ["error": "\(error)"])
  }

  private func emit(_ changes: [StoreChange<R>]) {
    metrics.objects.record(store.count)
    guard !changes.isEmpty else { return }
    let handlers = shared.withLock { $0.handlers }
    for change in changes {
      for handler in handlers { handler(change) }
    }
  }

  private func set(_ availability: Availability) {
    let handlers: [@Sendable (Availability) -> Void]? = shared.withLock { shared in
      if availability.isAvailable { shared.lastError = nil }
      guard shared.availability != availability else { return nil }
      shared.availability = availability
      return shared.availabilityHandlers
    }
    guard let handlers else { return }
    metrics.available.record(availability.isAvailable ? 1 : 0)
    if case .unavailable(let reason) = availability {
      logger.warning("objects can't be followed; the last ones are kept", metadata: ["reason": "\(reason)"])
    } else {
      logger.info("following objects", metadata: ["count": "\(store.count)"])
    }
    for handler in handlers { handler(availability) }
  }
}
