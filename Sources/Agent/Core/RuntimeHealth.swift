package import ContainerRuntime
package import Execution
package import KubernetesClient
import KubernetesRuntime

/// Whether the runtime answers.
package struct RuntimeHealth: Sendable {
  package enum State: Sendable, Hashable {
    case up
    /// Not answered yet, or no longer.
    case down(since: Timestamp, failure: FailureText?)
  }

  /// How long the runtime may be down before turns are given back and the status says so. A restart takes less.
  package static let grace = Duration.seconds(10)
  static let probing = Backoff(initial: .milliseconds(500), max: .seconds(5), factor: 2, jitter: 0.2)
  /// How long the controller is told to wait before it gives a turn again.
  static let patience = Backoff(initial: .seconds(60), max: .seconds(600), factor: 2, jitter: 0.2)

  package private(set) var state: State
  package private(set) var information: RuntimeInformation?
  /// While down for longer than the grace: when a turn may make sense again.
  package private(set) var retryAt: Timestamp?
  /// A pull failed because the runtime didn't answer; the next list shows whether it is down.
  package var isSuspect = false
  private var failures = 0
  private var postponements = 0

  package init(now: Timestamp) {
    state = .down(since: now, failure: nil)
  }

  package var isUp: Bool { state == .up }

  package func isLongDown(now: Timestamp) -> Bool {
    guard case .down(let since, _) = state else { return false }
    return now >= since + Self.grace
  }

  /// When `isLongDown` will change by itself.
  package func graceEnd(now: Timestamp) -> Timestamp? {
    guard case .down(let since, _) = state, !isLongDown(now: now) else { return nil }
    return since + Self.grace
  }

  package func offers(_ feature: RuntimeFeature) -> Bool { information?.features.contains(feature) ?? false }

  /// - Returns: whether it was down before.
  package mutating func answered(_ information: RuntimeInformation?) -> Bool {
    let wasDown = !isUp
    state = .up
    isSuspect = false
    failures = 0
    postponements = 0
    retryAt = nil
    if let information { self.information = information }
    return wasDown
  }

  /// - Returns: when to look again.
  package mutating func failed(
    _ error: RuntimeError, now: Timestamp, using generator: inout some RandomNumberGenerator
  ) -> Timestamp {
    isSuspect = false
    failures += 1
    let failure = FailureText(reason: "RuntimeUnavailable", message: error.description)
    if case .down(let since, _) = state {
      state = .down(since: min(since, now), failure: failure)
    } else {
      state = .down(since: now, failure: failure)
    }
    return now + Self.probing.delay(attempt: failures, using: &generator)
  }

  /// Puts off the time at which a turn may make sense again, if it has come.
  ///
  /// - Returns: whether it did.
  package mutating func postpone(now: Timestamp, using generator: inout some RandomNumberGenerator) -> Bool {
    guard isLongDown(now: now), retryAt.map({ now >= $0 }) ?? true else { return false }
    postponements += 1
    retryAt = (now + Self.patience.delay(attempt: postponements, using: &generator)).wholeSeconds
    return true
  }
}
