package import KubernetesClient

/// The Lease protocol of one candidate: decides, and does no I/O. Compatible with client-go's.
///
/// Times called `now` are on the candidate's own clock, which must count the time that the machine or the process
/// sleeps. They are never compared with the times in the lease, which come from other machines.
///
/// Why two candidates never lead at once: a leader leads until `renewDeadline` after it *sent* its last successful
/// write. A candidate takes the lease over only when it hasn't seen it change for the lease's duration, counted from
/// when it *received* the last change, which is after that write was sent; and the duration is longer than the deadline.
/// Writes carry the resourceVersion, so of two candidates that take over at once one conflicts.
package struct LeaderElectionState: Sendable {
  private enum Role: Sendable {
    case candidate
    case leader(until: Duration)
    case releasing(deadline: Duration)
  }

  package let identity: String
  private let timing: LeaderTiming
  private var role = Role.candidate
  /// The lease as last seen.
  private var record: LeaseSpec?
  private var resourceVersion: String?
  /// When `record` was last seen to change.
  private var observedAt = Duration.zero

  package init(identity: String, timing: LeaderTiming) {
    self.identity = identity
    self.timing = timing
  }

  /// Who holds the lease, as last seen; nil where nobody does.
  package var holder: String? {
    record?.holderIdentity.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Takes the outcome of the last request and says what follows from it.
  ///
  /// - Parameters:
  ///   - now: the time on this candidate's clock.
  ///   - wallTime: the time of day, which is only written for people to read.
  package mutating func handle(
    _ input: LeaderElectionInput, now: Duration, wallTime: Timestamp, using generator: inout some RandomNumberGenerator
  ) -> LeaderElectionStep {
    if case .release = input { return release(now: now, wallTime: wallTime) }
    if case .started = input {
      role = .candidate
      return read(now: now)
    }
    switch role {
    case .candidate:
      return handleAsCandidate(input, now: now, wallTime: wallTime, using: &generator)
    case .leader(let until):
      guard now < until else {
        role = .candidate
        return LeaderElectionStep(event: .lost, request: .done)
      }
      return handleAsLeader(input, until: until, now: now, wallTime: wallTime)
    case .releasing(let deadline):
      return handleAsReleasing(input, deadline: deadline, now: now, wallTime: wallTime)
    }
  }

  // MARK: Candidate

  private mutating func handleAsCandidate(
    _ input: LeaderElectionInput, now: Duration, wallTime: Timestamp, using generator: inout some RandomNumberGenerator
  ) -> LeaderElectionStep {
    switch input {
    case .read(let lease):
      observe(lease, now: now)
      guard isFree(now: now) else { break }
      return claim(now: now, wallTime: wallTime, exists: lease != nil)
    case .written(let lease, let sentAt):
      observe(lease, now: now)
      let until = sentAt + timing.renewDeadline
      // An answer that came that late is no ground to lead.
      guard now < until else { return read(now: now) }
      role = .leader(until: until)
      return LeaderElectionStep(event: .acquired(until: until), request: .wait(until: now + timing.retryPeriod))
    case .timer:
      return read(now: now)
    case .conflict, .failed, .started, .release:
      break
    }
    let pause = timing.retryPeriod.inSeconds * (1 + Double.random(in: 0...1, using: &generator) * timing.jitter)
    return LeaderElectionStep(request: .wait(until: now + .seconds(pause)))
  }

  /// Whether this candidate may take the lease: it is its own already, nobody's, or its holder hasn't been seen to renew
  /// it for its whole duration. A lease that was deleted still binds those who have seen it.
  private func isFree(now: Duration) -> Bool {
    guard let record, let holder, holder != identity else { return true }
    let seconds = record.leaseDurationSeconds ?? 0
    let duration: Duration = seconds > 0 ? .seconds(Int64(seconds)) : timing.leaseDuration
    return now >= observedAt + duration
  }

  private mutating func observe(_ lease: Lease?, now: Duration) {
    resourceVersion = lease?.metadata.resourceVersion
    guard let lease else { return }
    let seen = lease.spec ?? LeaseSpec()
    guard seen != record else { return }
    record = seen
    observedAt = now
  }

  // MARK: Leader

  private mutating func handleAsLeader(
    _ input: LeaderElectionInput, until: Duration, now: Duration, wallTime: Timestamp
  ) -> LeaderElectionStep {
    switch input {
    case .timer:
      return claim(now: now, wallTime: wallTime, exists: resourceVersion != nil, deadline: until)
    case .written(let lease, let sentAt):
      observe(lease, now: now)
      let extended = max(until, sentAt + timing.renewDeadline)
      role = .leader(until: extended)
      return LeaderElectionStep(event: .renewed(until: extended), request: .wait(until: now + timing.retryPeriod))
    case .conflict:
      return LeaderElectionStep(request: .read(deadline: until))
    case .read(let lease):
      observe(lease, now: now)
      guard lease == nil || holder == nil || holder == identity else {
        role = .candidate
        return LeaderElectionStep(event: .lost, request: .done)
      }
      return claim(now: now, wallTime: wallTime, exists: lease != nil, deadline: until)
    case .failed, .started, .release:
      return LeaderElectionStep(request: .wait(until: min(now + timing.retryPeriod, until)))
    }
  }

  // MARK: Writing

  private func read(now: Duration) -> LeaderElectionStep {
    LeaderElectionStep(request: .read(deadline: now + timing.renewDeadline))
  }

  /// Writes this candidate in as the holder.
  private func claim(
    now: Duration, wallTime: Timestamp, exists: Bool, deadline: Duration? = nil
  ) -> LeaderElectionStep {
    let deadline = deadline ?? now + timing.renewDeadline
    let isOurs = record?.holderIdentity == identity
    let transitions = record?.leaseTransitions ?? 0
    let spec = LeaseSpec(
      holderIdentity: identity, leaseDurationSeconds: Int32(timing.leaseDuration.inSeconds.rounded(.up)),
      acquireTime: isOurs ? record?.acquireTime ?? MicroTime(wallTime) : MicroTime(wallTime),
      renewTime: MicroTime(wallTime), leaseTransitions: record == nil || isOurs ? transitions : transitions + 1)
    guard exists, let resourceVersion else {
      return LeaderElectionStep(request: .create(spec, deadline: deadline))
    }
    return LeaderElectionStep(request: .update(spec, resourceVersion: resourceVersion, deadline: deadline))
  }

  // MARK: Release

  /// Clears the holder, so that another candidate needn't wait until the lease has run out.
  private mutating func release(now: Duration, wallTime: Timestamp) -> LeaderElectionStep {
    let deadline = now + timing.renewDeadline / 2
    role = .releasing(deadline: deadline)
    return clear(deadline: deadline, wallTime: wallTime)
  }

  private func clear(deadline: Duration, wallTime: Timestamp) -> LeaderElectionStep {
    guard holder == identity, let resourceVersion else { return LeaderElectionStep(request: .done) }
    let spec = LeaseSpec(
      holderIdentity: "", leaseDurationSeconds: 1, acquireTime: MicroTime(wallTime), renewTime: MicroTime(wallTime),
      leaseTransitions: record?.leaseTransitions ?? 0)
    return LeaderElectionStep(request: .update(spec, resourceVersion: resourceVersion, deadline: deadline))
  }

  private mutating func handleAsReleasing(
    _ input: LeaderElectionInput, deadline: Duration, now: Duration, wallTime: Timestamp
  ) -> LeaderElectionStep {
    switch input {
    case .conflict where now < deadline:
      // A renewal that was cut short may have got through.
      return LeaderElectionStep(request: .read(deadline: deadline))
    case .read(let lease):
      observe(lease, now: now)
      return clear(deadline: deadline, wallTime: wallTime)
    default:
      return LeaderElectionStep(request: .done)
    }
  }
}
