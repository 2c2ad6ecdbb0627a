import ContainerRuntime
import KubernetesClient

extension AgentState {
  /// Sets the pins that are wanted, and takes back those of ours that no longer are.
  ///
  /// The ledger says first that a pin is ours, then it is set; so a crash leaves no pin that nobody takes back.
  mutating func settlePins(_ turn: inout AgentTurn, now: Timestamp) {
    guard mayWork, !isUnfilled(now: now), let observed, health.offers(.pins) else { return }
    let wanted = wantedPins()
    for id in wanted.sorted() {
      guard let image = observed.image(id: id), !image.pinned else { continue }
      let promise = Self.pinPromise(id)
      if !ledger.hasPromise(promise) {
        ledger.setPin(true, id: id)
        ledger.promise(promise)
      }
      guard ledger.isDurable(promise) else { continue }
      setPinned(true, id, &turn, now: now)
    }
    for id in ledger.ledger.pins.sorted() where !wanted.contains(id) && !pins.isInFlight(id) {
      guard let image = observed.image(id: id) else { continue }
      if image.pinned {
        setPinned(false, id, &turn, now: now)
      } else {
        dropPin(id)
      }
    }
  }

  func wantedPins() -> Set<String> {
    guard let plan, let observed else { return [] }
    return PinPolicy.wanted(plan.images.values, observed: observed, filesystem: filesystem)
  }

  mutating func pinEnded(
    _ id: String, _ isPinned: Bool, _ error: RuntimeError?, now: Timestamp,
    using generator: inout some RandomNumberGenerator
  ) {
    writer.touch(now: now)
    if let error {
      pins.failed(id, now: now, using: &generator)
      if error.isUnavailable { schedule.request(now: now) }
      return
    }
    pins.succeeded(id, isPinned: isPinned, listSequence: schedule.nextSequence)
    observed?.setPinned(isPinned, id: id)
    if !isPinned { dropPin(id) }
  }

  private mutating func setPinned(_ isPinned: Bool, _ id: String, _ turn: inout AgentTurn, now: Timestamp) {
    guard pins.canStart(id, now: now) else {
      turn.wake(at: pins.retryAt(id).flatMap { $0 > now ? $0 : nil })
      return
    }
    pins.start(id)
    turn.actions.append(.setPinned(id: id, isPinned))
  }

  private mutating func dropPin(_ id: String) {
    ledger.setPin(false, id: id)
    ledger.forgetPromise(Self.pinPromise(id))
  }
}
