/// A clock of any kind, reduced to time since this value was made; so that state machines deal in `Duration` alone.
package struct TimeSource: Sendable {
  private let elapsed: @Sendable () -> Duration
  private let wait: @Sendable (Duration) async throws -> Void

  package init<C: Clock>(_ clock: C) where C.Duration == Duration {
    let origin = clock.now
    elapsed = { origin.duration(to: clock.now) }
    wait = { try await clock.sleep(until: origin.advanced(by: $0), tolerance: nil) }
  }

  /// Time since the source was made.
  package var now: Duration { elapsed() }

  /// Sleeps until `deadline`, in the scale of `now`.
  ///
  /// - Throws: `CancellationError` when the task is cancelled before.
  package func sleep(until deadline: Duration) async throws {
    try await wait(deadline)
  }

  /// Sleeps for so long.
  ///
  /// - Throws: `CancellationError` when the task is cancelled before.
  package func sleep(for duration: Duration) async throws {
    try await wait(now + duration)
  }
}
