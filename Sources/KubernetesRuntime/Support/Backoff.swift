/// How long to wait before trying again: a delay that grows with each failure up to a bound, with jitter so
/// that many clients that failed at once don't come back at once.
public struct Backoff: Sendable, Hashable {
  /// The delay before the first retry, without jitter.
  public var initial: Duration
  /// No delay is longer than this, jitter included.
  public var max: Duration
  /// Each delay is this many times the one before; at least 1.
  public var factor: Double
  /// The share of a delay, from 0 to 1, that is drawn at random: a delay `d` becomes one between
  /// `d × (1 - jitter)` and `d`.
  public var jitter: Double

  public init(
    initial: Duration = .milliseconds(500), max: Duration = .seconds(30), factor: Double = 2, jitter: Double = 0.5
  ) {
    self.initial = initial
    self.max = max
    self.factor = Swift.max(1, factor)
    self.jitter = Swift.min(1, Swift.max(0, jitter))
  }

  /// The delay before retry number `attempt`, which counts from 1; less than 1 counts as 1.
  public func delay(attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration {
    let limit = max.inSeconds
    // The exponent is bounded so that the power stays finite; by then the limit holds anyway.
    let exponent = Swift.min(Swift.max(attempt, 1) - 1, 512)
    var delay = initial.inSeconds
    for _ in 0..<exponent where delay < limit {
      delay *= factor
      if factor == 1 { break }
    }
    delay = Swift.min(delay, limit)
    let kept = 1 - Double.random(in: 0...1, using: &generator) * jitter
    return .seconds(delay * kept)
  }

  /// The delay before retry number `attempt`, with the system's random numbers.
  public func delay(attempt: Int) -> Duration {
    var generator = SystemRandomNumberGenerator()
    return delay(attempt: attempt, using: &generator)
  }
}

extension Duration {
  /// The duration as a number of seconds, rounded to what a double holds.
  var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}
