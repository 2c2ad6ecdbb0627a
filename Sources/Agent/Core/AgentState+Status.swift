import Execution
import KubernetesClient
import SwiftletAPI

extension AgentState {
  /// Writes the status when that is due and it differs.
  mutating func settleStatus(_ turn: inout AgentTurn, now: Timestamp) {
    guard let plan, isKnown || health.isLongDown(now: now) else { return }
    guard let due = writer.dueAt(isUrgent: isUrgent, isWorking: !running.isEmpty, now: now) else { return }
    guard due <= now else {
      turn.wake(at: due)
      return
    }
    switch writer.known {
    case .absent: return
    case .unknown:
      writer.start()
      turn.actions.append(.readStatus)
    case .status(let old):
      let new = StatusComposer(self, plan: plan, now: now).compose(previous: old)
      if StatusComposer.saysTheSame(old, new) {
        writer.settled()
      } else {
        writer.start(new)
        turn.actions.append(.writeStatus(from: old, to: new))
      }
    }
  }

  /// Whether somebody waits for what the status has to say: a turn was given back, or this is the last word.
  private var isUrgent: Bool {
    if isShuttingDown && running.isEmpty { return true }
    guard case .status(let known) = writer.known else { return false }
    return !grants.released.isSubset(of: known.released ?? [])
  }
}
