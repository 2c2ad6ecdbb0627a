package import Execution
package import KubernetesClient
import KubernetesRuntime
package import SwiftletAPI

/// Removals: at most one at a time, and what came of earlier attempts.
package struct RemovalBook: Sendable {
  package struct Record: Sendable, Hashable {
    package var attempts = 0
    package var retryAt: Timestamp?
    package var failure: FailureText?
    /// The runtime said that it is gone; the first list that starts with this number or later shows whether it is.
    package var awaitedList: Int?
  }

  package struct Current: Sendable, Hashable {
    package let name: String
    /// What goes with it; empty until that was decided.
    package var names: [String] = []
  }

  static let inUse = Backoff(initial: .seconds(60), max: .seconds(600), factor: 2, jitter: 0)
  static let failed = Backoff(initial: .seconds(10), max: .seconds(600), factor: 2, jitter: 0.2)
  /// When an image is looked at again that still seems to have our pin.
  static let pinLag = Duration.seconds(1)
  /// How long a removal waits for running pulls to end by themselves before no more are started.
  static let patience = Duration.seconds(30)

  package private(set) var records: [String: Record] = [:]
  package var current: Current?
  /// Since when a removal waits for pulls to end.
  package var blockedSince: Timestamp?

  package init() {}

  package subscript(name: String) -> Record? { records[name] }

  /// Takes over what an earlier run of the agent left in the status.
  package mutating func restore(_ name: String, from image: NodeImage) {
    guard let reason = image.reason, image.retryAt != nil else { return }
    records[name] = Record(
      attempts: image.attempts ?? 1, retryAt: image.retryAt,
      failure: FailureText(reason: reason, message: image.message))
  }

  package mutating func forget(_ name: String) { records[name] = nil }

  /// Drops what is said of images that no longer are to be removed.
  package mutating func keep(_ isKept: (String) -> Bool) { records = records.filter { isKept($0.key) } }

  package func isBackingOff(_ name: String, now: Timestamp) -> Bool {
    guard let record = records[name] else { return false }
    return record.awaitedList != nil || record.retryAt.map { now < $0 } ?? false
  }

  /// Whether no pull may start: one could bring names to the very image that is being removed.
  package func holdsPulls(now: Timestamp) -> Bool {
    current != nil || blockedSince.map { now - $0 >= Self.patience } ?? false
  }

  /// - Parameter isSlow: whether trying again soon is of no use.
  package mutating func fail(
    _ name: String, _ failure: FailureText, isSlow: Bool, now: Timestamp,
    using generator: inout some RandomNumberGenerator
  ) {
    var record = records[name] ?? Record()
    record.attempts += 1
    let backoff = isSlow ? Self.inUse : Self.failed
    record.retryAt = now + backoff.delay(attempt: record.attempts, using: &generator)
    record.failure = failure
    record.awaitedList = nil
    records[name] = record
  }

  /// Looks again soon: nothing is wrong yet.
  package mutating func postpone(_ name: String, now: Timestamp) {
    var record = records[name] ?? Record()
    record.retryAt = now + Self.pinLag
    records[name] = record
  }

  package mutating func await(_ names: [String], list sequence: Int) {
    for name in names {
      var record = records[name] ?? Record()
      record.awaitedList = sequence
      records[name] = record
    }
  }
}
