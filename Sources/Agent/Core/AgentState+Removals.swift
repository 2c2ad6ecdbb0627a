import ContainerRuntime
import Execution
import KubernetesClient
import OCI
import SwiftletAPI

extension AgentState {
  /// Starts the next removal that is permitted, after a look at what the runtime has at that moment.
  ///
  /// While pulls run none starts, because one of them may be about to give the image a name that is wanted; a removal
  /// that waits for long in turn keeps further pulls from starting.
  mutating func settleRemovals(_ turn: inout AgentTurn, now: Timestamp) {
    guard removals.current == nil else { return }
    guard mayWork, let plan, let observed else {
      removals.blockedSince = nil
      return
    }
    var next: String?
    let wantedPins = plan.removals.isEmpty ? [] : wantedPins()
    for (name, until) in plan.removals.sorted(by: { $0.key < $1.key }) where isRemovable(name, now: now) {
      guard let image = observed[name: name] else { continue }
      if removals.isBackingOff(name, now: now) {
        if let retryAt = removals[name]?.retryAt, retryAt < until { turn.wake(at: retryAt > now ? retryAt : nil) }
        continue
      }
      // Its pin goes first; if that fails, the removal doesn't wait for it.
      let isPinGoing =
        pins.isInFlight(image.id)
        || (ledger.ledger.pins.contains(image.id) && image.pinned && health.offers(.pins)
          && !pins.hasFailed(image.id) && !wantedPins.contains(image.id))
      if isPinGoing { continue }
      next = name
      break
    }
    guard let next else {
      removals.blockedSince = nil
      return
    }
    guard running.isEmpty else {
      let since = min(removals.blockedSince ?? now, now)
      removals.blockedSince = since
      return
    }
    removals.blockedSince = nil
    removals.current = RemovalBook.Current(name: next)
    writer.touch(now: now)
    turn.actions.append(.inspect(name: next))
  }

  /// Whether an image may go now as far as the plan and the ledger say.
  func isRemovable(_ name: String, now: Timestamp) -> Bool {
    guard let plan, plan.images[name] == nil, let until = plan.removals[name], now < until else { return false }
    return (ledger[name]?.isOurs ?? false) && running[name] == nil
  }

  /// Decides by what is there right before the removal, and says what to do about it.
  mutating func inspected(
    _ name: String, _ inspection: RemovalInspection, now: Timestamp,
    using generator: inout some RandomNumberGenerator
  ) -> [AgentAction] {
    guard removals.current?.name == name, removals.current?.names.isEmpty == true else { return [] }
    removals.current = nil
    writer.touch(now: now)
    guard mayWork, let plan, isRemovable(name, now: now), let reference = parse(name) else { return [] }
    let decision = RemovalDecision.decide(
      reference, inspection: inspection,
      isRemovable: { isRemovable($0, now: now) },
      isWanted: { plan.images[$0] != nil },
      isOurPin: { ledger.ledger.pins.contains($0) })
    switch decision {
    case .gone:
      schedule.request(now: now)
      removals.await([name], list: schedule.nextSequence)
    case .inUse:
      let text = FailureText(reason: "InUse", message: "a container on the node uses the image")
      removals.fail(name, text, isSlow: true, now: now, using: &generator)
    case .pinned(let id) where pins.wasJustTakenBack(id, now: now):
      removals.postpone(name, now: now)
    case .pinned:
      let text = FailureText(reason: "Pinned", message: "the image is pinned, and not by Swiftlet")
      removals.fail(name, text, isSlow: true, now: now, using: &generator)
    case .forget:
      setLedger(nil, for: name)
      removals.forget(name)
    case .remove(let id, let names):
      removals.current = RemovalBook.Current(name: name, names: names)
      return [.remove(name: name, id: id)]
    case .untag:
      removals.current = RemovalBook.Current(name: name, names: [name])
      return [.untag(reference)]
    }
    return []
  }

  mutating func removalSucceeded(_ name: String, now: Timestamp) {
    guard let current = removals.current, current.name == name else { return }
    removals.current = nil
    schedule.request(now: now)
    // The entries go once the list shows that the images went.
    removals.await(current.names.filter { ledger[$0] != nil }, list: schedule.nextSequence)
    writer.touch(now: now)
  }

  mutating func removalFailed(
    _ name: String, _ error: RuntimeError, now: Timestamp, using generator: inout some RandomNumberGenerator
  ) {
    guard removals.current?.name == name else { return }
    removals.current = nil
    schedule.request(now: now)
    writer.touch(now: now)
    if error.isUnavailable { health.isSuspect = true }
    if error.isUnsupported {
      let text = FailureText(
        reason: "SharedImage", message: "the image has names that aren't Swiftlet's; this runtime can't drop one alone")
      removals.fail(name, text, isSlow: true, now: now, using: &generator)
    } else {
      let text = FailureText(reason: "RemovalFailed", message: error.message)
      removals.fail(name, text, isSlow: false, now: now, using: &generator)
    }
  }

  private func parse(_ name: String) -> ImageReference? {
    do { return try ImageReference(parsing: name) } catch { return nil }
  }
}
