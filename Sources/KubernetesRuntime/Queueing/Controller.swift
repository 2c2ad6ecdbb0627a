import Metrics
import CoreMetrics
public import Logging
public import ServiceLifecycle

/// Workers that take keys from a queue and reconcile them, for as long as the service runs.
///
/// `reconcile` is level-triggered: it gets a key, no event, looks at what is wanted and what is there, and brings one
/// nearer to the other. It runs for one key at a time and for up to `workers` keys at once. When it throws, the key is
/// retried with the queue's back-off, and a warning logged; it must bound its own waits.
///
/// On graceful shutdown the queue is shut down, and the service ends when the reconciles that run are over. When its
/// task is cancelled, the queue stays open, and a key whose reconcile was cut short goes back into it, so that another
/// `run` goes on where this one stopped.
public struct Controller<Key: Hashable & Sendable>: Service {
  /// The name in logs and metrics.
  public let name: String
  private let queue: WorkQueue<Key>
  private let workers: Int
  private let logger: Logger
  private let time: TimeSource
  private let metrics: ControllerMetrics
  private let reconcile: @Sendable (Key) async throws -> Action

  /// - Parameters:
  ///   - name: the controller's name in logs and metrics.
  ///   - queue: where keys come from.
  ///   - workers: how many keys are reconciled at once; at least 1.
  ///   - logger: gets a warning for each failure.
  ///   - clock: what the metrics' durations are measured by.
  ///   - reconcile: brings one key's object to the wanted state.
  public init(
    name: String, queue: WorkQueue<Key>, workers: Int = 1, logger: Logger,
    clock: any Clock<Duration> = ContinuousClock(), reconcile: @escaping @Sendable (Key) async throws -> Action
  ) {
    self.name = name
    self.queue = queue
    self.workers = max(1, workers)
    self.reconcile = reconcile
    self.time = TimeSource(clock)
    var logger = logger
    logger[metadataKey: "controller"] = "\(name)"
    self.logger = logger
    metrics = ControllerMetrics(controller: name, workerCount: self.workers)
  }

  public func run() async throws {
    await withGracefulShutdownHandler {
      await withDiscardingTaskGroup { group in
        for _ in 0..<workers {
          group.addTask { await work() }
        }
      }
    } onGracefulShutdown: {
      queue.shutdown()
    }
    try Task.checkCancellation()
  }

  private func work() async {
    while let key = await queue.next() {
      let start = time.now
      metrics.active.increment()
      await process(key)
      metrics.active.decrement()
      metrics.duration.record(duration: time.now - start)
      queue.done(key)
    }
  }

  private func process(_ key: Key) async {
    do {
      switch try await reconcile(key) {
      case .settled:
        queue.forget(key)
        metrics.success.increment()
      case .requeue(let delay):
        queue.forget(key)
        queue.add(key, after: delay)
        metrics.requeueAfter.increment()
      }
    } catch {
      guard !Task.isCancelled else {
        queue.add(key)
        return
      }
      queue.retry(key)
      metrics.error.increment()
      metrics.errors.increment()
      logger.warning(
        "reconcile failed; it will be retried",
        metadata: [
          "key": "\(key)", "attempt": "\(queue.retryCount(key))", "error": "\(error)",
        ])
    }
  }
}
