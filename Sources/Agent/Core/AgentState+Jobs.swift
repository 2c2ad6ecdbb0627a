import Execution
import KubernetesClient
import OCI
import SwiftletAPI

/// Images that Jobs pull through the kubelet. The agent keeps watch: it notes beforehand that what comes is Swiftlet's,
/// as for its own pulls, and says when it did. The controller starts no Job before.
extension AgentState {
  struct Comparison: Sendable, Hashable {
    var checkedAt: Timestamp
    var listSequence: Int
  }

  /// Whether a Job may pull it now, or is at it, or is going to try again.
  func isExpected(_ wanted: WantedImage, now: Timestamp) -> Bool {
    guard let plan, wanted.isLeftToJobs, let reference = wanted.reference else { return false }
    if plan.jobs[wanted.name]?.state != nil { return true }
    return plan.jobGrants.contains {
      $0.budget == wanted.budget && now < $0.until && GrantBook.hasShare($0, registry: reference.registry)
    }
  }

  /// Whether the status is to say that a Job may pull it.
  func awaitsJob(_ wanted: WantedImage, now: Timestamp) -> Bool {
    guard mayWork, !pressure.isActive, !wanted.isHeld, running[wanted.name] == nil, isExpected(wanted, now: now) else {
      return false
    }
    guard observed?[name: wanted.name] != nil else { return ledger[wanted.name]?.isIntended == true }
    return wanted.isStale(checkedAt: ledger[wanted.name]?.checkedAt)
  }

  /// Whether Jobs are at work.
  var isWatchingJobs: Bool { plan?.jobs.values.contains { $0.state == .pulling } ?? false }

  /// Notes in the ledger what Jobs are about to pull.
  mutating func prepareForJobs(_ turn: inout AgentTurn, now: Timestamp) {
    guard let plan, mayWork, let observed else { return }
    for grant in plan.jobGrants where now < grant.until { turn.wake(at: grant.until) }
    for wanted in plan.images.values where wanted.isLeftToJobs {
      guard observed[name: wanted.name] == nil, ledger[wanted.name] == nil, records[wanted.name]?.verification == nil,
        running[wanted.name] == nil, !wanted.isHeld, isExpected(wanted, now: now)
      else { continue }
      // A pull that starts after this has compared it after this, and after what was known to be asked for.
      let checkedAt = max(now.wholeSeconds, wanted.planned.freshAfter ?? now.wholeSeconds)
      setLedger(
        LedgerEntry(origin: .pulled, retention: wanted.retention, checkedAt: checkedAt, isIntended: true),
        for: wanted.name)
      writer.touch(now: now)
    }
  }

  /// Takes over what Jobs have compared with the registry, once a list shows what that brought.
  mutating func noteComparisons(_ plan: AgentPlan, now: Timestamp) {
    var noted: [String: Comparison] = [:]
    for (name, note) in plan.jobs {
      guard let checkedAt = note.checkedAt, ledger[name]?.checkedAt.map({ $0 < checkedAt }) ?? true else { continue }
      if let known = compared[name], known.checkedAt == checkedAt {
        noted[name] = known
      } else {
        schedule.request(now: now)
        noted[name] = Comparison(checkedAt: checkedAt, listSequence: schedule.nextSequence)
      }
    }
    compared = noted
  }

  mutating func settleComparisons(_ observed: ObservedImages, _ sequence: Int) {
    for (name, comparison) in compared where comparison.listSequence <= sequence {
      compared[name] = nil
      guard let wanted = plan?.images[name], observed[name: name] != nil else { continue }
      var entry = ledger[name] ?? LedgerEntry(origin: .found, retention: wanted.retention)
      guard entry.isIntended != true else { continue }
      entry.checkedAt = comparison.checkedAt
      setLedger(entry, for: name)
    }
  }
}
