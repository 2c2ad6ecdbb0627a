import KubernetesClient
import Testing

@Suite struct RetryPolicyTests {
  private let policy = RetryPolicy(
    options: RetryOptions(attempts: 4, initial: .seconds(1), max: .seconds(3), maxRetryAfter: .seconds(30)))

  private static func status(_ code: Int, retryAfter: Duration? = nil, ambiguous: Bool = false) -> KubernetesError {
    KubernetesError(
      cause: .status, code: code, message: "", operation: "", retryAfter: retryAfter, isAmbiguous: ambiguous)
  }

  private static func failure(_ cause: KubernetesError.Cause, ambiguous: Bool = false) -> KubernetesError {
    KubernetesError(cause: cause, message: "", operation: "", isAmbiguous: ambiguous)
  }

  /// Error, whether a read is tried again, whether a write is.
  @Test(arguments: [
    (status(429), true, true), (status(429, retryAfter: .seconds(1)), true, true),
    (status(429, retryAfter: .seconds(31)), false, false), (status(503, retryAfter: .seconds(1)), true, true),
    (status(503, ambiguous: true), true, false), (status(500, ambiguous: true), true, false),
    (status(503), true, false), (status(408), true, false), (status(404), false, false), (status(409), false, false),
    (status(410), false, false), (status(422), false, false), (status(401), false, false),
    (failure(.connection), true, true), (failure(.connection, ambiguous: true), true, false),
    (failure(.timeout), true, true), (failure(.timeout, ambiguous: true), true, false),
    (failure(.cancelled), false, false), (failure(.decoding), false, false), (failure(.credentials), false, false),
    (failure(.invalidRequest), false, false), (failure(.shutDown), false, false),
  ])
  func decides(error: KubernetesError, read: Bool, write: Bool) {
    #expect((policy.delay(after: error, attempt: 1, isWrite: false, random: 0) != nil) == read)
    #expect((policy.delay(after: error, attempt: 1, isWrite: true, random: 0) != nil) == write)
  }

  @Test(arguments: [(1, Duration.milliseconds(500)), (2, .seconds(1)), (3, .milliseconds(1500))])
  func waitsAtLeastHalf(attempt: Int, expected: Duration) {
    #expect(policy.delay(after: Self.status(500), attempt: attempt, isWrite: false, random: 0) == expected)
  }

  @Test(arguments: [(1, Duration.seconds(1)), (2, .seconds(2)), (3, .seconds(3))])
  func waitsLessThanTheWhole(attempt: Int, limit: Duration) throws {
    let wait = try #require(
      policy.delay(after: Self.status(500), attempt: attempt, isWrite: false, random: 0.999))
    #expect(wait < limit)
    #expect(wait > limit * 0.9)
  }

  @Test func theLastAttemptIsTheLast() {
    #expect(policy.delay(after: Self.status(500), attempt: 4, isWrite: false, random: 0) == nil)
  }

  @Test func aSecondTimeoutIsTheLast() {
    #expect(policy.delay(after: Self.failure(.timeout), attempt: 2, isWrite: false, random: 0) == nil)
  }

  @Test func neverWaitsLessThanTheServerAsks() {
    let error = Self.status(429, retryAfter: .seconds(10))
    #expect(policy.delay(after: error, attempt: 1, isWrite: true, random: 0) == .seconds(10))
    #expect(policy.delay(after: error, attempt: 1, isWrite: true, random: 0.5) == .seconds(11))
  }
}
