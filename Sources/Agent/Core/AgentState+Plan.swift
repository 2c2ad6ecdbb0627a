import Execution
import KubernetesClient
import SwiftletAPI

extension AgentState {
  /// Takes over the plan. Nothing follows from a plan that isn't there: what runs is stopped, and nothing is
  /// forgotten.
  mutating func take(_ inventory: NodeInventory?, now: Timestamp) {
    guard let inventory else {
      plan = nil
      objectUID = nil
      writer.objectGone()
      return
    }
    let old = plan
    let new = AgentPlan(inventory, previous: old)
    let isNewObject = objectUID == nil || objectUID != inventory.metadata.uid
    objectUID = inventory.metadata.uid ?? ""
    writer.observed(inventory.status, isNew: isNewObject, now: now)
    if let old, old == new { return }
    plan = new
    pinChoice = nil
    writer.touch(now: now)
    grants.update(new.grants)

    let isAfresh = old?.nodeUID != new.nodeUID
    if isAfresh {
      blankUntil = now + Self.blankPatience
      for name in records.keys { noteUnverified(name) }
      records = [:]
      removals.keep { _ in false }
      for name in running.keys { withdraw(name) }
    }
    let stored = inventory.status.flatMap { $0.nodeUID == new.nodeUID ? $0 : nil }
    if isAfresh, let stored {
      grants.release(stored.released ?? [])
      for (name, image) in stored.images ?? [:] where new.images[name] == nil {
        removals.restore(name, from: image)
      }
    }
    updateRecords(new, old: isAfresh ? nil : old, stored: isAfresh ? stored?.images : nil)
    noteComparisons(new, now: now)
  }

  private mutating func updateRecords(_ new: AgentPlan, old: AgentPlan?, stored: [String: NodeImage]?) {
    var kept: [String: ImageRecord] = [:]
    for (name, wanted) in new.images {
      var record: ImageRecord
      if let known = records[name], old?.images[name] != nil {
        record = known
        if old?.images[name]?.platform != wanted.platform { record.reset() }
      } else {
        record = stored?[name].map(ImageRecord.init(stored:)) ?? ImageRecord()
        if observed != nil, running[name] == nil { record.wasPresent = observed?[name: name] != nil }
      }
      kept[name] = record
      removals.forget(name)
      if var entry = ledger[name], entry.retention != wanted.retention {
        entry.retention = wanted.retention
        ledger.set(entry, for: name)
      }
    }
    for name in records.keys where kept[name] == nil { noteUnverified(name) }
    records = kept
  }

  /// Pulled for a plan that no longer holds: the next list says whether it is there, and then it is ours.
  private mutating func noteUnverified(_ name: String) {
    guard let verification = records[name]?.verification, ledger[name]?.isIntended == true else { return }
    ambiguous[name] = verification.listSequence
  }

  /// Whether the controller hasn't had the time to fill in the plan, so that nothing follows from what it lacks.
  func isUnfilled(now: Timestamp) -> Bool {
    guard let plan, plan.isBlank, let blankUntil else { return plan == nil }
    return now < blankUntil
  }

  /// Takes over what is there and is to be Swiftlet's.
  mutating func adoptFound(now: Timestamp) {
    guard let plan, let observed else { return }
    for (name, wanted) in plan.images where wanted.planned.adopt == true {
      guard observed[name: name] != nil, running[name] == nil, records[name]?.verification == nil,
        ledger[name]?.isIntended != true, ledger[name]?.isOurs != true
      else { continue }
      setLedger(
        LedgerEntry(origin: .adopted, retention: wanted.retention, checkedAt: ledger[name]?.checkedAt), for: name)
      writer.touch(now: now)
    }
  }

  /// Drops what Swiftlet is to leave alone from now on: entries that nobody plans and that are to stay.
  mutating func forgetLeftovers(now: Timestamp) {
    guard let plan, !isUnfilled(now: now) else { return }
    for (name, entry) in ledger.ledger.images
    where plan.images[name] == nil && running[name] == nil && entry.isIntended != true {
      guard entry.origin == .found || entry.retention == .retain else { continue }
      setLedger(nil, for: name)
      removals.forget(name)
      writer.touch(now: now)
    }
  }
}
