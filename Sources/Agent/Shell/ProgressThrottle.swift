import Synchronization

/// Lets a call through at most once an interval.
final class ProgressThrottle: Sendable {
  private let last = Mutex<ContinuousClock.Instant?>(nil)
  private let interval: Duration

  init(interval: Duration) {
    self.interval = interval
  }

  /// - Parameter isLast: let it through in any case.
  func isDue(isLast: Bool) -> Bool {
    let now = ContinuousClock.now
    return last.withLock { last in
      if let before = last, now - before < interval, !isLast { return false }
      last = now
      return true
    }
  }
}
