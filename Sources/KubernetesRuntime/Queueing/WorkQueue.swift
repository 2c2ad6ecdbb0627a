import Metrics
import CoreMetrics
import Synchronization

/// A queue of keys to look at, for any number of workers.
///
/// - A key that waits is there once, however often it is added.
/// - A key is with one worker at a time. One that is added while it is worked on can be taken again after `done`.
/// - Every key that `next` returned must be given back with `done`, once.
/// - Delayed keys need no task of their own: while workers wait in `next`, they wait for the earliest of them.
///
/// All methods can be called from anywhere, and only `next` waits.
public final class WorkQueue<Key: Hashable & Sendable>: Sendable {
  private struct Shared {
    var state = WorkQueueState<Key>()
    var addedAt: [Key: Duration] = [:]
    var takenAt: [Key: Duration] = [:]
    var nextWaiter: UInt64 = 0
    /// Idle workers, the one that waits longest first.
    var waiters: [(id: UInt64, continuation: CheckedContinuation<Key?, Never>)] = []
  }

  /// The name in metrics.
  public let name: String
  private let backoff: Backoff
  private let time: TimeSource
  private let metrics: WorkQueueMetrics
  private let shared = Mutex(Shared())

  /// - Parameters:
  ///   - name: the queue's name in metrics.
  ///   - backoff: the delays of `retry`.
  ///   - clock: what delays are measured by.
  public init(
    name: String, backoff: Backoff = .init(initial: .milliseconds(200), max: .seconds(300), factor: 2, jitter: 0.5),
    clock: any Clock<Duration> = ContinuousClock()
  ) {
    self.name = name
    self.backoff = backoff
    time = TimeSource(clock)
    metrics = WorkQueueMetrics(name: name)
  }

  /// The number of keys that could be taken now.
  public var depth: Int { shared.withLock { $0.state.depth } }

  /// The number of keys that are due later.
  public var delayedCount: Int { shared.withLock { $0.state.delayedCount } }

  /// How often this key was retried since `forget`.
  public func retryCount(_ key: Key) -> Int { shared.withLock { $0.state.failureCount(key) } }

  /// Adds a key, unless it waits already. Ignored after `shutdown`.
  public func add(_ key: Key) {
    update { shared, now in
      guard shared.state.add(key) else { return }
      shared.addedAt[key] = now
      metrics.adds.increment()
    }
  }

  /// Adds a key after a delay. Where it is to be added later already, the earlier time counts; adding it without
  /// delay meanwhile leaves the later one in place. Ignored after `shutdown`.
  public func add(_ key: Key, after delay: Duration) {
    guard delay > .zero else { return add(key) }
    update { shared, now in
      _ = shared.state.add(key, at: now + delay)
    }
  }

  /// Adds a key after a delay that grows, with jitter, each time until `forget`.
  public func retry(_ key: Key) {
    update { shared, now in
      let delay = backoff.delay(attempt: shared.state.countFailure(key))
      metrics.retries.increment()
      _ = shared.state.add(key, at: now + delay)
    }
  }

  /// Lets the delays of `retry` start small again for this key.
  public func forget(_ key: Key) {
    shared.withLock { $0.state.forget(key) }
  }

  /// Gives back a key that `next` returned.
  public func done(_ key: Key) {
    update { shared, now in
      shared.state.done(key)
      if let start = shared.takenAt.removeValue(forKey: key) { metrics.work.record(duration: now - start) }
    }
  }

  /// Ends the queue: nothing is added any more, and what waits or is delayed is dropped. `next` returns nil from now on,
  /// also for those who wait in it.
  public func shutdown() {
    update { shared, _ in
      shared.state.shutDown()
      shared.addedAt = [:]
    }
  }

  /// Waits for a key and takes it.
  ///
  /// - Returns: the key, or nil when the queue is shut down or the task is cancelled. A cancelled call loses
  ///   no key: it returns one that was handed to it already, which must be given back as any other.
  public func next() async -> Key? {
    while !Task.isCancelled {
      let due: Duration? = shared.withLock { shared in
        promote(&shared, now: time.now)
        return shared.state.nextDue
      }
      guard let due else {
        if let key = await park(until: nil) { return key }
        if isFinished { return nil }
        continue
      }
      let key = await withTaskGroup(of: Key?.self) { group in
        group.addTask { await self.park(until: due) }
        group.addTask { [time] in
          // Cancelled when a key came first.
          do { try await time.sleep(until: due) } catch {}
          return nil
        }
        var taken: Key?
        while let key = await group.next() {
          group.cancelAll()
          // The one that parked may have been handed a key while the other one's sleep ended.
          if let key { taken = key }
        }
        return taken
      }
      if let key { return key }
      if isFinished { return nil }
    }
    return nil
  }

  private var isFinished: Bool {
    shared.withLock { $0.state.isShutDown }
  }

  /// Waits until somebody hands over a key. Nil means: look again.
  ///
  /// - Parameter due: the earliest delayed key that the caller knows of and waits for by itself.
  private func park(until due: Duration?) async -> Key? {
    let id = shared.withLock { shared in
      shared.nextWaiter += 1
      return shared.nextWaiter
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer: Key?? = shared.withLock { shared in
          if Task.isCancelled { return .some(nil) }
          let now = time.now
          promote(&shared, now: now)
          if let key = take(&shared, now: now) { return .some(key) }
          if shared.state.isShutDown || shared.state.nextDue != due { return .some(nil) }
          shared.waiters.append((id, continuation))
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let waiter = shared.withLock { shared -> CheckedContinuation<Key?, Never>? in
        guard let index = shared.waiters.firstIndex(where: { $0.id == id }) else { return nil }
        return shared.waiters.remove(at: index).continuation
      }
      waiter?.resume(returning: nil)
    }
  }

  /// Changes the queue, then hands keys to idle workers; lets all of them look again where what they wait for changed.
  private func update(_ change: (inout Shared, Duration) -> Void) {
    let now = time.now
    let woken = shared.withLock { shared -> [(CheckedContinuation<Key?, Never>, Key?)] in
      let before = shared.state.nextDue
      change(&shared, now)
      var woken: [(CheckedContinuation<Key?, Never>, Key?)] = []
      while !shared.waiters.isEmpty, let key = take(&shared, now: now) {
        woken.append((shared.waiters.removeFirst().continuation, key))
      }
      if shared.state.isShutDown || shared.state.nextDue != before {
        woken += shared.waiters.map { ($0.continuation, nil) }
        shared.waiters = []
      }
      metrics.depth.record(shared.state.depth)
      return woken
    }
    for (continuation, key) in woken { continuation.resume(returning: key) }
  }

  private func promote(_ shared: inout Shared, now: Duration) {
    let count = shared.state.promote(now: now)
    if count > 0 { metrics.adds.increment(by: Int64(count)) }
  }

  private func take(_ shared: inout Shared, now: Duration) -> Key? {
    guard let key = shared.state.take() else { return nil }
    if let added = shared.addedAt.removeValue(forKey: key) { metrics.latency.record(duration: now - added) }
    shared.takenAt[key] = now
    metrics.depth.record(shared.state.depth)
    return key
  }
}
