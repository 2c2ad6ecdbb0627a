import KubernetesRuntime
import Synchronization

/// Notices a leader whose work doesn't end although its leadership has: only a restart helps then.
final class StuckLeadership: Sendable {
  private static let limit = Duration.seconds(30)

  private let status: @Sendable () -> LeadershipStatus
  private let since = Mutex<ContinuousClock.Instant?>(nil)

  init(status: @escaping @Sendable () -> LeadershipStatus) {
    self.status = status
  }

  /// What is wrong, in words; nil where nothing is.
  var problem: String? {
    let isEnding = status() == .ending
    let now = ContinuousClock.now
    return since.withLock { since in
      guard isEnding else {
        since = nil
        return nil
      }
      let start = since ?? now
      since = start
      return now - start > Self.limit ? "leadership is over, but its work goes on" : nil
    }
  }
}
