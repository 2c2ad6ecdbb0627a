import Synchronization

/// One stretch of leadership. Whoever acts as the leader looks at `isValid` right before each write.
///
/// The check costs a lock and a look at the clock, no I/O.
public final class LeadershipTerm: Sendable {
  private let until: Mutex<Duration>
  private let time: TimeSource
  /// Opened when the term has been ended; it may have become invalid before by time alone.
  let ended = Latch()

  init(until: Duration, time: TimeSource) {
    self.until = Mutex(until)
    self.time = time
  }

  /// A term without an election, for a process that has no rivals, and for tests.
  ///
  /// - Parameters:
  ///   - duration: how long it is valid from now on.
  ///   - clock: must go on while the machine sleeps.
  public convenience init(for duration: Duration, clock: any Clock<Duration> = ContinuousClock()) {
    let time = TimeSource(clock)
    self.init(until: time.now + duration, time: time)
  }

  /// Whether this process still leads: the lease was renewed less than the renew deadline ago, by a clock that goes on
  /// while the process or the machine sleeps. Once false, it is false for good.
  public var isValid: Bool {
    until.withLock { until in
      if time.now < until { return true }
      until = .zero
      return false
    }
  }

  /// Does nothing while the term is valid.
  ///
  /// - Throws: `LeadershipLost` when it isn't.
  public func check() throws(LeadershipLost) {
    guard isValid else { throw LeadershipLost() }
  }

  /// Moves the end, unless the term is over.
  func extend(until newEnd: Duration) {
    until.withLock { until in
      if time.now < until { until = max(until, newEnd) } else { until = .zero }
    }
  }

  /// Ends the term, for good.
  func end() {
    until.withLock { $0 = .zero }
    ended.open()
  }
}

/// Thrown when something that only a leader may do was about to be done by a process that no longer leads.
public struct LeadershipLost: Error, Sendable, Hashable, CustomStringConvertible {
  public init() {}

  public var description: String { "this process no longer leads" }
}
