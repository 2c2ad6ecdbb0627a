package import KubernetesClient
import KubernetesRuntime
package import SwiftletAPI

/// When the status is written: soon after the first change, then at most once a second, but at once when a turn to
/// pull is given back. While pulls run that last word is still to come, so what is said in between takes its time.
package struct StatusWriter: Sendable {
  package enum Known: Sendable, Hashable {
    /// There is no NodeInventory: wait for the plan.
    case absent
    /// A write failed and may have happened: read first.
    case unknown
    case status(NodeInventoryStatus)
  }

  static let coalescing = Duration.milliseconds(50)
  static let urgentCoalescing = Duration.milliseconds(20)
  static let interval = Duration.seconds(1)
  /// The same two while pulls run.
  static let workingCoalescing = Duration.seconds(1)
  static let workingInterval = Duration.seconds(2)
  static let progressInterval = Duration.seconds(2)
  /// How long after a write the watch may still deliver what was before it.
  static let echo = Duration.seconds(5)
  static let retrying = Backoff(initial: .seconds(1), max: .seconds(60), factor: 2, jitter: 0.5)
  static let afterNotFound = Duration.seconds(30)

  package private(set) var known: Known = .absent
  private var changedAt: Timestamp?
  private var progressedAt: Timestamp?
  package private(set) var isBusy = false
  private var lastWrite: Timestamp?
  private var notBefore: Timestamp?
  private var failures = 0
  private var sent: NodeInventoryStatus?
  /// How often in a row the server had something else after a write than what was written.
  private var mismatches = 0

  package init() {}

  /// Something changed that a status may show.
  package mutating func touch(now: Timestamp) { changedAt = min(changedAt ?? now, now) }

  package mutating func touchProgress(now: Timestamp) { progressedAt = min(progressedAt ?? now, now) }

  package var isClean: Bool { !isBusy && changedAt == nil && progressedAt == nil }

  /// What the watch says that the server has.
  ///
  /// - Parameter isNew: the object is another one than before.
  package mutating func observed(_ status: NodeInventoryStatus?, isNew: Bool, now: Timestamp) {
    let status = status ?? NodeInventoryStatus()
    if isNew || known == .absent {
      known = .status(status)
      notBefore = nil
      failures = 0
      touch(now: now)
    } else if case .status(let old) = known, old != status, !isBusy,
      lastWrite.map({ now < $0 || now >= $0 + Self.echo }) ?? true
    {
      // Somebody else wrote it.
      known = .status(status)
      touch(now: now)
    }
  }

  package mutating func objectGone() {
    known = .absent
    notBefore = nil
  }

  /// When to look whether there is something to write; nil if nothing changed, or while a call runs.
  ///
  /// - Parameters:
  ///   - isUrgent: somebody waits for it.
  ///   - isWorking: pulls run.
  package func dueAt(isUrgent: Bool, isWorking: Bool, now: Timestamp) -> Timestamp? {
    guard !isBusy, known != .absent else { return nil }
    let last = lastWrite.flatMap { $0 > now ? nil : $0 }
    var due: Timestamp?
    if let changedAt = changedAt.map({ min($0, now) }) {
      let first = isWorking ? Self.workingCoalescing : Self.coalescing
      due = changedAt + (isUrgent ? Self.urgentCoalescing : first)
      if !isUrgent, let last {
        due = max(due ?? now, last + (isWorking ? Self.workingInterval : Self.interval))
      }
    }
    if let progressedAt = progressedAt.map({ min($0, now) }) {
      let time = last.map { max(progressedAt, $0 + Self.progressInterval) } ?? progressedAt
      due = min(due ?? time, time)
    }
    if let notBefore, let planned = due { due = max(planned, notBefore) }
    return due
  }

  /// Nothing needs writing after all.
  package mutating func settled() {
    changedAt = nil
    progressedAt = nil
  }

  /// A read starts, or a write of this status.
  package mutating func start(_ status: NodeInventoryStatus? = nil) {
    isBusy = true
    sent = status
    if known != .unknown {
      changedAt = nil
      progressedAt = nil
    }
  }

  package mutating func written(
    _ status: NodeInventoryStatus, now: Timestamp, using generator: inout some RandomNumberGenerator
  ) {
    isBusy = false
    failures = 0
    notBefore = nil
    lastWrite = now
    if known != .absent { known = .status(status) }
    if status == sent {
      mismatches = 0
    } else {
      // Somebody else wrote too, or the server drops what it doesn't know: write again, but don't fight.
      mismatches += 1
      touch(now: now)
      if mismatches > 1 { notBefore = now + Self.retrying.delay(attempt: mismatches, using: &generator) }
    }
  }

  package mutating func read(_ status: NodeInventoryStatus?, now: Timestamp) {
    isBusy = false
    touch(now: now)
    if known == .unknown { known = .status(status ?? NodeInventoryStatus()) }
  }

  package mutating func failed(
    _ failure: StatusFailure, now: Timestamp, using generator: inout some RandomNumberGenerator
  ) {
    isBusy = false
    touch(now: now)
    if known != .absent { known = .unknown }
    switch failure {
    case .notFound:
      notBefore = now + Self.afterNotFound
    case .failed(_, let retryAfter):
      failures += 1
      let delay = Self.retrying.delay(attempt: failures, using: &generator)
      notBefore = now + max(delay, retryAfter ?? .zero)
    }
  }
}
