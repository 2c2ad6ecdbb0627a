import ContainerRuntime
import Execution
import KubernetesClient
import OCI
import SwiftletAPI

extension AgentState {
  // MARK: What happened to a pull

  mutating func pullEnded(
    _ name: String, _ id: Int, _ outcome: PullOutcome, now: Timestamp,
    using generator: inout some RandomNumberGenerator
  ) {
    guard let pull = running[name], pull.id == id else { return }
    running[name] = nil
    disk.ended(id, listSequence: schedule.nextSequence)
    schedule.request(now: now)
    writer.touch(now: now)
    let error = outcome.error
    if let error, error.isUnavailable || error.reason == .runtimeUnavailable { health.isSuspect = true }
    let isFound = outcome == .foundThere
    if isFound, ledger[name]?.isIntended == true { setLedger(nil, for: name) }
    guard let error else {
      if records[name] != nil {
        records[name]?.verification = .init(pull: pull, isFound: isFound, listSequence: schedule.nextSequence)
      } else {
        noteAmbiguity(name)
      }
      return
    }
    if pull.cancellation == .timeout {
      noteAmbiguity(name)
      let text = FailureText(reason: PullFailureReason.timeout.rawValue, message: "the pull took too long")
      noteFailure(name, text, pull.backoff, now: now, using: &generator)
    } else if pull.cancellation == .diskFull {
      noteAmbiguity(name)
      noteDiskFull(name, need: records[name]?.need, now: now, using: &generator)
    } else if error.isCancelled || pull.cancellation != nil {
      noteAmbiguity(name)
    } else if health.isSuspect {
      // The runtime went away in the middle. Only if it turns out to have been there all the time is it the image.
      noteAmbiguity(name)
      records[name]?.unexplainedFailures += 1
      if (records[name]?.unexplainedFailures ?? 0) > 1 {
        noteFailure(name, text(of: error), pull.backoff, now: now, using: &generator)
      }
    } else {
      if error.reason == .timeout {
        noteAmbiguity(name)
      } else if ledger[name]?.isIntended == true {
        setLedger(nil, for: name)
      }
      if error.reason == .diskFull {
        let need = records[name]?.need ?? plan?.images[name].flatMap { expectedNeed($0, isRefresh: pull.isRefresh) }
        noteDiskFull(name, need: need, error: error, now: now, using: &generator)
      } else {
        noteFailure(name, text(of: error), pull.backoff, now: now, using: &generator)
      }
    }
  }

  private func text(of error: RuntimeError) -> FailureText {
    FailureText(reason: (error.reason ?? .other).rawValue, message: error.message)
  }

  /// The pull may have brought the image all the same: the next list tells.
  private mutating func noteAmbiguity(_ name: String) {
    if ledger[name]?.isIntended == true { ambiguous[name] = schedule.nextSequence }
  }

  /// The image was listed after its pull said that it is there.
  mutating func pullSucceeded(_ name: String, _ verification: ImageRecord.Verification, now: Timestamp) {
    let pull = verification.pull
    guard var record = records[name] else { return }
    record.reset()
    record.wasPresent = true
    record.isMissing = false
    if !verification.isFound { record.pulledAt = now }
    records[name] = record
    if verification.isFound { return }
    let before = ledger[name]
    // What was there before Swiftlet was asked for it isn't Swiftlet's because it was refreshed.
    let origin: NodeImage.Origin = pull.isRefresh ? before?.origin ?? .found : .pulled
    let retention = plan?.images[name]?.retention ?? before?.retention ?? .delete
    setLedger(LedgerEntry(origin: origin, retention: retention, checkedAt: pull.checkedAt), for: name)
  }

  // MARK: Stopping

  /// Tells the runtime to stop the pulls that are no longer wanted or allowed.
  mutating func withdrawPulls(_ turn: inout AgentTurn, now: Timestamp) {
    for name in running.keys.sorted() {
      guard let pull = running[name], pull.cancellation == nil else { continue }
      if now - pull.startedAt >= Self.longestPull {
        running[name]?.cancellation = .timeout
      } else if !isWanted(pull) || !hasGrant(name, now: now) {
        running[name]?.cancellation = .withdrawn
      } else {
        checkNeed(name)
        turn.wake(at: pull.startedAt + Self.longestPull)
        turn.wake(at: grants.grants.first { $0.id == running[name]?.grantID }?.until)
      }
    }
    for name in running.keys.sorted() {
      guard let pull = running[name], pull.cancellation != nil, !pull.isToldToStop else { continue }
      running[name]?.isToldToStop = true
      turn.actions.append(.cancelPull(name: name, id: pull.id))
    }
  }

  mutating func withdraw(_ name: String) {
    if running[name]?.cancellation == nil { running[name]?.cancellation = .withdrawn }
  }

  private func isWanted(_ pull: RunningPull) -> Bool {
    guard let plan, !plan.isPaused, !isShuttingDown, !pressure.isActive, let wanted = plan.images[pull.name] else {
      return false
    }
    return !wanted.isHeld && !wanted.isLeftToJobs && wanted.reference != nil && wanted.platform == pull.platform
  }

  /// Whether a pull is still paid for; if its grant is over, another one with room takes it over.
  private mutating func hasGrant(_ name: String, now: Timestamp) -> Bool {
    guard let pull = running[name] else { return false }
    if grants.isLive(pull.grantID, now: now) { return true }
    let others = grants.live(budget: pull.budget, now: now)
    guard let other = others.first(where: { GrantBook.hasRoom($0, registry: pull.registry, running: running.values) })
    else { return false }
    running[name]?.grantID = other.id
    return true
  }

  // MARK: Starting

  /// The images that should be pulled, whether or not they may be now.
  private func missingOrStale() -> [PullQueue.Entry] {
    guard let plan, let observed, !pressure.isActive else { return [] }
    return plan.images.values.compactMap { wanted in
      guard wanted.reference != nil, !wanted.isHeld, !wanted.isLeftToJobs, running[wanted.name] == nil,
        let record = records[wanted.name], record.verification == nil
      else { return nil }
      let isThere = observed[name: wanted.name] != nil
      if isThere, !wanted.isStale(checkedAt: ledger[wanted.name]?.checkedAt) { return nil }
      return PullQueue.Entry(
        name: wanted.name, priority: wanted.priority, isRefresh: isThere, attempts: record.attempts)
    }
  }

  /// Starts what the grants allow, in order.
  mutating func startPulls(
    _ turn: inout AgentTurn, now: Timestamp, using generator: inout some RandomNumberGenerator
  ) {
    guard mayWork, let plan, !removals.holdsPulls(now: now) else { return }
    guard !grants.live(now: now).isEmpty else { return }
    // How many wait for a place, by budget and registry, because one doesn't wait for another's.
    var ahead: [[String]: Int] = [:]
    // Budgets whose next image waits for the ledger: nothing overtakes it.
    var waiting: Set<String> = []
    for entry in PullQueue.ordered(missingOrStale()) {
      guard let wanted = plan.images[entry.name], let reference = wanted.reference, let record = records[entry.name]
      else { continue }
      let usable = grants.live(budget: wanted.budget, now: now).filter {
        GrantBook.hasShare($0, registry: reference.registry)
      }
      guard !usable.isEmpty else { continue }
      if record.isBackingOff(now: now) {
        turn.wake(at: record.retryAt)
        continue
      }
      let need = expectedNeed(wanted, isRefresh: entry.isRefresh)
      switch disk.answer(need: need, now: now) {
      case .fits: break
      case .later, .unread: continue
      case .refused:
        noteDiskFull(entry.name, need: need, now: now, using: &generator)
        continue
      }
      let line = [wanted.budget, reference.registry]
      let isPromised = entry.isRefresh || promise(wanted, isAllowed: ahead[line, default: 0] < Self.lookahead)
      let answer = grants.answer(
        budget: wanted.budget, registry: reference.registry, running: running.values, now: now)
      switch answer {
      case .granted(let grantID):
        guard isPromised, !waiting.contains(wanted.budget) else {
          waiting.insert(wanted.budget)
          ahead[line, default: 0] += 1
          continue
        }
        start(wanted, under: grantID, isRefresh: entry.isRefresh, need: need, &turn, now: now)
      case .notBefore(let time):
        turn.wake(at: time)
        ahead[line, default: 0] += 1
      case .refused:
        ahead[line, default: 0] += 1
      }
    }
  }

  /// Notes in the ledger that the image is about to be pulled.
  ///
  /// - Returns: whether that is stored, so that the pull may start.
  private mutating func promise(_ wanted: WantedImage, isAllowed: Bool) -> Bool {
    let key = Self.pullPromise(wanted.name)
    if !ledger.hasPromise(key) || ledger[wanted.name]?.isIntended != true {
      guard isAllowed else { return false }
      ledger.forgetPromise(key)
      ledger.set(
        LedgerEntry(origin: .pulled, retention: wanted.retention, isIntended: true), for: wanted.name)
      ledger.promise(key)
    }
    return ledger.isDurable(key) && ambiguous[wanted.name] == nil
  }

  private mutating func start(
    _ wanted: WantedImage, under grantID: String, isRefresh: Bool, need: UInt64?, _ turn: inout AgentTurn,
    now: Timestamp
  ) {
    guard let reference = wanted.reference else { return }
    lastPullID += 1
    let grant = grants.grants.first { $0.id == grantID }
    let pull = RunningPull(
      id: lastPullID, name: wanted.name, registry: reference.registry, budget: wanted.budget,
      platform: wanted.platform, backoff: grant?.backoff ?? BackoffSpec(), grantID: grantID, startedAt: now,
      checkedAt: max(now.wholeSeconds, wanted.planned.freshAfter ?? now.wholeSeconds), isRefresh: isRefresh)
    running[wanted.name] = pull
    records[wanted.name]?.refusal = nil
    disk.reserve(pull.id, need: need)
    grants.started(under: grantID, now: now)
    writer.touch(now: now)
    turn.actions.append(
      .startPull(
        PullOrder(
          id: pull.id, reference: reference, platform: wanted.platform, grantID: grantID, isRefresh: isRefresh,
          isAuthenticated: wanted.planned.authenticated ?? false))
    )
    turn.wake(at: grant?.until)
  }

  // MARK: Giving turns back

  /// Gives back the turns under which nothing runs and nothing can start.
  mutating func releaseGrants(_ turn: inout AgentTurn, now: Timestamp) {
    guard let plan else { return }
    let queue = missingOrStale()
    for grant in grants.live(now: now) {
      let isUsed =
        running.values.contains { $0.grantID == grant.id }
        || (!health.isLongDown(now: now)
          && records.values.contains { $0.verification?.pull.grantID == grant.id })
      if isUsed { continue }
      if !plan.isPaused && !isShuttingDown {
        if health.isUp {
          if health.isSuspect || observed == nil { continue }
          let hasWork = queue.contains { entry in
            guard let wanted = plan.images[entry.name], wanted.budget == grant.budget,
              let registry = wanted.reference?.registry, GrantBook.hasShare(grant, registry: registry)
            else { return false }
            return !(records[entry.name]?.isBackingOff(now: now) ?? false)
          }
          if hasWork {
            turn.wake(at: grant.until)
            continue
          }
        } else if !health.isLongDown(now: now) {
          continue
        }
      }
      grants.release([grant.id])
      writer.touch(now: now)
    }
  }

  /// Takes back what the ledger promises of images whose turn doesn't come now, so that it claims no more than it
  /// must.
  mutating func withdrawPromises(now: Timestamp) {
    for (name, entry) in ledger.ledger.images where entry.isIntended == true {
      guard running[name] == nil, ambiguous[name] == nil, records[name]?.verification == nil else { continue }
      if let plan, let wanted = plan.images[name] {
        let isUsed =
          wanted.isLeftToJobs
          ? isExpected(wanted, now: now) : !grants.live(budget: wanted.budget, now: now).isEmpty
        if isUsed { continue }
      }
      setLedger(nil, for: name)
    }
  }
}
