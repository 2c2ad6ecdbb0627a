/// When failed requests are tried again.
public struct RetryOptions: Sendable, Hashable {
  /// The most attempts in all; 1 means never again.
  public var attempts: Int
  /// The wait before the second attempt; doubled each time up to `max`, of which a random half to all is waited.
  public var initial: Duration
  public var max: Duration
  /// The longest Retry-After that is waited for; with a longer one the error goes to the caller.
  public var maxRetryAfter: Duration

  public init(
    attempts: Int = 5, initial: Duration = .milliseconds(250), max: Duration = .seconds(5),
    maxRetryAfter: Duration = .seconds(30)
  ) {
    self.attempts = attempts
    self.initial = initial
    self.max = max
    self.maxRetryAfter = maxRetryAfter
  }
}
