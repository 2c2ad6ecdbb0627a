/// How new a copy must be, as a pull policy and a refresh interval ask for.
package struct Freshness: Hashable, Sendable {
  /// A copy that was compared with the registry before this is pulled again.
  package let freshAfter: Instant?
  /// A copy that was compared before this doesn't count as present.
  package let readyAfter: Instant?
  /// When to ask again, because the next refresh is due then.
  package let nextEpoch: Instant?

  /// - Parameters:
  ///   - always: whether the policy is `Always`: then a copy from before the demand isn't good enough.
  ///   - createdAt: when the demand was created; refreshes are due at this time + k · `refreshInterval`, k ≥ 1, so
  ///     that every controller comes to the same times.
  ///   - refreshInterval: not refreshed periodically where absent, zero or negative.
  package init(
    always: Bool, createdAt: Instant, refreshInterval: Duration? = nil, now: Instant
  ) {
    readyAfter = always ? createdAt : nil
    let interval = refreshInterval?.wholeMicroseconds ?? 0
    guard interval > 0 else {
      freshAfter = readyAfter
      nextEpoch = nil
      return
    }
    let age = now.microseconds - createdAt.microseconds
    let past = age > 0 ? age / interval : 0
    freshAfter = past > 0 ? Instant(microseconds: createdAt.microseconds + past * interval) : readyAfter
    nextEpoch = Instant(microseconds: createdAt.microseconds + (past + 1) * interval)
  }
}
