import ContainerRuntime
import Execution
import KubernetesClient
import KubernetesRuntime
import SwiftletAPI

extension AgentState {
  /// Takes over what the runtime listed, and settles what waited for that.
  mutating func take(
    _ listing: RuntimeListing, _ sequence: Int, now: Timestamp, using generator: inout some RandomNumberGenerator
  ) {
    schedule.finish()
    if health.answered(listing.information) {
      for name in records.keys { records[name]?.unexplainedFailures = 0 }
    }
    if let filesystem = listing.filesystem { self.filesystem = filesystem }
    if listing.information != nil { takeSpace(listing.filesystem, sequence, now: now) }
    pinChoice = nil
    var observed = ObservedImages(listing.images)
    pins.reconcile(&observed, sequence: sequence, now: now, using: &generator)
    self.observed = observed
    writer.touch(now: now)
    for name in records.keys.sorted() {
      settleRecord(name, observed, sequence, now: now, using: &generator)
    }
    for name in ledger.ledger.images.keys.sorted() where records[name] == nil && running[name] == nil {
      settleUnplanned(name, observed, sequence, now: now, using: &generator)
    }
    settleComparisons(observed, sequence)
    removals.keep { records[$0] == nil && ledger[$0] != nil }
    for id in ledger.ledger.pins where observed.image(id: id) == nil && !pins.isInFlight(id) {
      ledger.setPin(false, id: id)
      ledger.forgetPromise(Self.pinPromise(id))
    }
  }

  private mutating func settleRecord(
    _ name: String, _ observed: ObservedImages, _ sequence: Int, now: Timestamp,
    using generator: inout some RandomNumberGenerator
  ) {
    guard var record = records[name] else { return }
    let isThere = observed[name: name] != nil
    if let verification = record.verification {
      guard verification.listSequence <= sequence else { return }
      record.verification = nil
      records[name] = record
      if isThere {
        pullSucceeded(name, verification, now: now)
      } else {
        setLedger(nil, for: name)
        let text = FailureText(reason: "Vanished", message: "the runtime has the image, but doesn't list it")
        noteFailure(name, text, verification.pull.backoff, now: now, using: &generator)
      }
      return
    }
    guard running[name] == nil else { return }
    settleOwnership(name, isThere: isThere, sequence)
    if isThere {
      if !record.wasPresent {
        record.wasPresent = true
        record.isMissing = false
        record.reset()
      }
      if let pulledAt = record.pulledAt, now - pulledAt > Self.lastingPresence { record.quickLosses = 0 }
      records[name] = record
    } else if record.wasPresent {
      record.wasPresent = false
      record.isMissing = true
      record.reset()
      let isQuick = record.pulledAt.map { now - $0 < Self.quickLoss } ?? false
      record.quickLosses = isQuick ? record.quickLosses + 1 : 0
      records[name] = record
      if record.quickLosses > 1 {
        let text = FailureText(reason: "Vanished", message: "the image keeps vanishing right after it was pulled")
        noteFailure(
          name, text, BackoffSpec(), attempt: record.quickLosses - 1, now: now, using: &generator)
      }
    }
  }

  /// What the ledger says of an image that nobody plans follows from whether it is there.
  private mutating func settleUnplanned(
    _ name: String, _ observed: ObservedImages, _ sequence: Int, now: Timestamp,
    using generator: inout some RandomNumberGenerator
  ) {
    let isThere = observed[name: name] != nil
    settleOwnership(name, isThere: isThere, sequence)
    if isThere, let awaited = removals[name]?.awaitedList, awaited <= sequence {
      let text = FailureText(reason: "NotRemoved", message: "the removal went well, but the image is still listed")
      removals.fail(name, text, isSlow: false, now: now, using: &generator)
    }
  }

  /// Keeps the ledger true: an image that isn't there is nobody's, and one that came without a pull of ours isn't
  /// ours.
  private mutating func settleOwnership(_ name: String, isThere: Bool, _ sequence: Int) {
    guard var entry = ledger[name] else { return }
    guard entry.isIntended == true else {
      if !isThere { setLedger(nil, for: name) }
      return
    }
    if let first = ambiguous[name] {
      guard first <= sequence else { return }
      if isThere {
        entry.isIntended = nil
        setLedger(entry, for: name)
      } else {
        setLedger(nil, for: name)
      }
    } else if isThere, plan?.images[name]?.isLeftToJobs == true {
      // What was waited for has come.
      entry.isIntended = nil
      setLedger(entry, for: name)
    } else if isThere {
      // Somebody else pulled it before our turn came.
      setLedger(nil, for: name)
    }
  }

  /// A call failed in a way that says that the runtime may be down.
  mutating func runtimeFailed(
    _ error: RuntimeError, now: Timestamp, using generator: inout some RandomNumberGenerator
  ) {
    let wasUp = health.isUp
    schedule.postpone(until: health.failed(error, now: now, using: &generator))
    if wasUp {
      // What failed meanwhile wasn't the images' fault.
      for name in records.keys { records[name]?.unexplainedFailures = 0 }
    }
    writer.touch(now: now)
  }

  /// Counts a failed attempt and says when the next may come.
  ///
  /// - Parameter attempt: which delay to take, where that isn't the count of attempts.
  mutating func noteFailure(
    _ name: String, _ failure: FailureText, _ spec: BackoffSpec, attempt: Int? = nil, now: Timestamp,
    using generator: inout some RandomNumberGenerator
  ) {
    guard var record = records[name] else { return }
    record.attempts = attempt ?? record.attempts + 1
    let backoff = Backoff(initial: spec.effectiveInitial, max: spec.effectiveMax, factor: 2, jitter: 0.2)
    record.retryAt = now + max(backoff.delay(attempt: record.attempts, using: &generator), Self.leastDelay)
    record.failure = failure
    records[name] = record
    writer.touch(now: now)
  }

  /// No budget, however eager, makes the agent try without a pause.
  static let leastDelay = Duration.milliseconds(200)
}
