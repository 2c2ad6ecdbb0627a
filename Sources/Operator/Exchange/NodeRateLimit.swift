import KubernetesRuntime
import Synchronization

/// Bounds how often each node may ask: a burst at once, then one request each interval.
package final class NodeRateLimit: Sendable {
  /// So many nodes are known at once; beyond, those whose bucket is full again are forgotten.
  static let maxNodes = 10_000

  private let burst: Int
  private let interval: Duration
  private let time: TimeSource
  private let buckets = Mutex<[String: TokenBucket]>([:])

  package init(
    burst: Int = 30, interval: Duration = .milliseconds(200), clock: any Clock<Duration> = ContinuousClock()
  ) {
    self.burst = burst
    self.interval = interval
    time = TimeSource(clock)
  }

  /// Takes a turn, unless it is too early for the next one.
  ///
  /// - Returns: how long the node has to wait; zero where it may go on.
  package func take(_ node: String) -> Duration {
    let now = time.now
    return buckets.withLock { buckets in
      if buckets[node] == nil, buckets.count >= Self.maxNodes {
        buckets = buckets.filter { !$0.value.isFull(now: now) }
      }
      var bucket = buckets[node] ?? TokenBucket(burst: burst, interval: interval, now: now)
      let pause = bucket.take(now: now)
      // A refusal costs no turn, or a node that asks again and again would wait for ever.
      if pause == .zero { buckets[node] = bucket }
      return pause
    }
  }
}
