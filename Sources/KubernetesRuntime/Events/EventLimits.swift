/// How much an event recorder writes and remembers.
public struct EventLimits: Sendable, Hashable {
  /// The same thing within this time of its last occurrence counts up the event that is there.
  public var window: Duration
  /// The least time between two writes about the same thing.
  public var minInterval: Duration
  /// Events that are remembered; the one that was quiet longest is forgotten for a new one.
  public var capacity: Int
  /// The most events that wait to be written; more are dropped.
  public var maxWaiting: Int
  /// Writes that may be made at once after a quiet time.
  public var burst: Int
  /// The time between writes in the long run.
  public var writeInterval: Duration
  /// How often a write is tried before it is given up, on top of the client's own attempts.
  public var attempts: Int
  /// How long events that wait are still written after a graceful shutdown.
  public var flush: Duration

  public init(
    window: Duration = .seconds(600), minInterval: Duration = .seconds(10), capacity: Int = 1024,
    maxWaiting: Int = 256, burst: Int = 25, writeInterval: Duration = .milliseconds(200), attempts: Int = 3,
    flush: Duration = .seconds(3)
  ) {
    self.window = window
    self.minInterval = minInterval
    self.capacity = max(1, capacity)
    self.maxWaiting = min(max(1, maxWaiting), self.capacity)
    self.burst = max(1, burst)
    self.writeInterval = writeInterval
    self.attempts = max(1, attempts)
    self.flush = flush
  }
}
