#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import CoreMetrics
public import KubernetesClient
public import Logging
public import ServiceLifecycle
import Synchronization

/// Tells people what happened to an object, as `events.k8s.io/v1` Events.
///
/// - `record` never waits, never fails, and costs no I/O: events are written by `run`.
/// - The same thing (object, reason, type) again within ten minutes isn't another Event: the first one's series is
///   counted up, at most every ten seconds. The note stays that of the first, because the API allows no change of it.
/// - Memory, and writes in a given time, are bounded; under pressure events are dropped, which is logged and counted.
/// - Writes that fail are tried again a few times, then dropped. An event is help for people: never decide by one.
public final class EventRecorder: Sendable, Service {
  private struct Shared {
    var aggregator: EventAggregator
    /// Drops since the last one that was logged.
    var drops = 0
    /// Whether it was said that events are refused.
    var saidRefused = false
  }

  let client: KubernetesClient
  let limits: EventLimits
  let logger: Logger
  let time: TimeSource
  let metrics = EventMetrics()
  let queue: WorkQueue<EventKey>
  private let controller: String
  private let instance: String
  private let wallTime: @Sendable () -> Timestamp
  private let shared: Mutex<Shared>

  /// - Parameters:
  ///   - client: what writes the events.
  ///   - controller: who reports, as a qualified name such as `example.com/controller`.
  ///   - instance: which of its processes, such as the pod's name.
  ///   - limits: how many events are written at most.
  ///   - logger: hears of events that are lost.
  ///   - clock: what waits are measured by.
  ///   - wallTime: the time of day.
  public init(
    client: KubernetesClient, controller: String, instance: String, limits: EventLimits = .init(), logger: Logger,
    clock: any Clock<Duration> = ContinuousClock(),
    wallTime: (@Sendable () -> Timestamp)? = nil
  ) {
    self.client = client
    self.controller = controller
    self.instance = String(instance.prefix(128))
    self.limits = limits
    self.logger = logger
    self.wallTime = wallTime ?? { Timestamp(Date()) }
    time = TimeSource(clock)
    queue = WorkQueue(name: "events", backoff: Backoff(initial: .seconds(1), max: .seconds(30)), clock: clock)
    shared = Mutex(Shared(aggregator: EventAggregator(limits: limits)))
  }

  /// Records that something happened to an object.
  ///
  /// - Parameters:
  ///   - type: whether it is as it should be.
  ///   - object: what it happened to.
  ///   - reason: why, as a word in camel case, at most 128 characters.
  ///   - action: what was done or failed, as a word in camel case, at most 128 characters.
  ///   - note: a sentence for people, cut to 1 KiB. It must hold no secrets.
  public func record<R: KubernetesResource>(
    _ type: EventType, regarding object: R, reason: String, action: String, note: String
  ) {
    record(type, regarding: ObjectReference(to: object), reason: reason, action: action, note: note)
  }

  /// Records that something happened to the object that a reference points at.
  public func record(
    _ type: EventType, regarding: ObjectReference, reason: String, action: String, note: String
  ) {
    let key = EventKey(regarding: regarding, reason: reason, type: type)
    let wallTime = MicroTime(wallTime())
    let event = Event(
      metadata: ObjectMeta(name: Self.name(for: regarding), namespace: regarding.namespace ?? "default"),
      eventTime: wallTime, reportingController: controller, reportingInstance: instance,
      action: String(action.prefix(128)), reason: String(reason.prefix(128)), regarding: regarding,
      note: note.cut(toBytes: 1024), type: type.rawValue)
    let now = time.now
    let drops: Int? = shared.withLock { shared in
      switch shared.aggregator.record(event, key: key, now: now, wallTime: wallTime) {
      case .write(let delay):
        queue.add(key, after: delay)
        shared.drops = 0
        return nil
      case .dropped:
        shared.drops += 1
        return shared.drops
      }
    }
    guard let drops else { return }
    metrics.dropped.increment()
    // Once for each stretch of drops: the log shouldn't suffer from the same pressure.
    if drops == 1 {
      logger.warning("too many events wait to be written; dropping", metadata: ["reason": "\(reason)"])
    }
  }

  public func run() async throws {
    await withGracefulShutdownHandler {
      await work()
    } onGracefulShutdown: {
      self.queue.shutdown()
    }
    if Task.isShuttingDownGracefully { await flush() }
    try Task.checkCancellation()
  }

  /// What to write about this thing now.
  func pendingWrite(for key: EventKey) -> EventAggregator.Write? {
    shared.withLock { $0.aggregator.write(for: key) }
  }

  /// The things about which something is to be written.
  var waiting: [EventKey] { shared.withLock { $0.aggregator.waiting } }

  func succeeded(_ write: EventAggregator.Write, key: EventKey) {
    let now = time.now
    shared.withLock { shared in
      guard let delay = shared.aggregator.succeeded(write, key: key, now: now) else { return }
      queue.add(key, after: delay)
    }
  }

  /// Whether to try again.
  func failed(_ key: EventKey, error: KubernetesError) -> Bool {
    let name = Self.name(for: key.regarding)
    let isGone = error.isNotFound
    return shared.withLock {
      $0.aggregator.failed(key, isGone: isGone, canRetry: error.isTransient, newName: name)
    }
  }

  /// Whether this is the first write that nobody lets this process do: it will not be the last.
  func isFirstRefusal(_ error: KubernetesError) -> Bool {
    guard error.isForbidden else { return false }
    return shared.withLock { shared in
      defer { shared.saidRefused = true }
      return !shared.saidRefused
    }
  }

  /// A name that no other event has: the object's, and a random number.
  private static func name(for regarding: ObjectReference) -> String {
    let random = String(UInt64.random(in: .min ... .max), radix: 16)
    return "\((regarding.name ?? "unknown").prefix(200)).\(random)"
  }
}

extension String {
  /// The longest beginning of whole characters that has at most so many bytes in UTF-8.
  fileprivate func cut(toBytes limit: Int) -> String {
    guard utf8.count > limit else { return self }
    var size = 0
    return String(
      prefix { character in
        size += character.utf8.count
        return size <= limit
      })
  }
}
