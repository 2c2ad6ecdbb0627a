/// Bounds how often something is done: a burst at once, then one each interval.
package struct TokenBucket: Sendable {
  private let burst: Int
  private let interval: Duration
  /// When the bucket will be full again.
  private var fullAt: Duration

  package init(burst: Int, interval: Duration, now: Duration) {
    self.burst = burst
    self.interval = interval
    fullAt = now
  }

  /// Whether nothing has been taken lately.
  package func isFull(now: Duration) -> Bool { fullAt <= now }

  /// Takes a token.
  ///
  /// - Returns: how long to wait before it may be used.
  package mutating func take(now: Duration) -> Duration {
    fullAt = max(fullAt, now) + interval
    return max(.zero, fullAt - now - interval * burst)
  }
}
