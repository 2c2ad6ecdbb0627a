import ContainerRuntime
import KubernetesClient

extension AgentState {
  /// Sets the pins that are wanted, and takes back those of ours that no longer are.
  ///
  /// The ledger says first that a pin is ours, then it is set; so a crash leaves no pin that nobody takes back.
  mutating func settlePins(_ turn: inout AgentTurn, now: Timestamp) {
    choosePins(now: now)
    guard health.offers(.pins), let observed, !isUnfilled(now: now) else { return }
    guard mayWork else {
      // Also while paused, pins don't starve a node.
      guard plan != nil, pressure.isActive, health.isUp, !health.isSuspect, !isShuttingDown else { return }
      takeBackPins(pressure.unpinned, observed, &turn, now: now)
      return
    }
    let wanted = wantedPins()
    // While others are still being taken back, pins stay under their bound too.
    var bytes: UInt64 = ledger.ledger.pins.reduce(0) { sum, id in
      guard let image = observed.image(id: id), image.pinned || pins.isInFlight(id) else { return sum }
      return sum + footprint.bytes(ofSize: image.size)
    }
    for id in wanted.sorted() {
      guard let image = observed.image(id: id), !image.pinned, !pins.isInFlight(id) else { continue }
      let more = footprint.bytes(ofSize: image.size)
      if let capacity = disk.space?.capacity, bytes + more >= capacity / 2 { continue }
      let promise = Self.pinPromise(id)
      if !ledger.hasPromise(promise) {
        ledger.setPin(true, id: id)
        ledger.promise(promise)
      }
      guard ledger.isDurable(promise) else { continue }
      if setPinned(true, id, &turn, now: now) { bytes += more }
    }
    takeBackPins(ledger.ledger.pins.subtracting(wanted), observed, &turn, now: now)
  }

  private mutating func takeBackPins(
    _ ids: Set<String>, _ observed: ObservedImages, _ turn: inout AgentTurn, now: Timestamp
  ) {
    for id in ids.sorted() where ledger.ledger.pins.contains(id) && !pins.isInFlight(id) {
      guard let image = observed.image(id: id) else { continue }
      if image.pinned {
        setPinned(false, id, &turn, now: now)
      } else {
        dropPin(id)
      }
    }
  }

  /// The images to be pinned now.
  func wantedPins() -> Set<String> {
    Set(pinChoice?.chosen.map(\.id) ?? []).subtracting(pressure.unpinned)
  }

  /// Works out which images are to be pinned, if something changed, and which of them are given up under pressure.
  private mutating func choosePins(now: Timestamp) {
    guard let plan, let observed else { return }
    if pinChoice == nil {
      pinChoice = PinPolicy.choose(
        plan.images.values, observed: observed, capacity: disk.space?.capacity, footprint: footprint)
    }
    guard pressure.isActive, let candidates = pinChoice?.chosen.reversed() else { return }
    let before = pressure.unpinned
    pressure.giveUp(Array(candidates), space: disk.space, limits: disk.limits, now: now)
    if pressure.unpinned != before { writer.touch(now: now) }
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
    pins.succeeded(id, isPinned: isPinned, listSequence: schedule.nextSequence, now: now)
    observed?.setPinned(isPinned, id: id)
    if !isPinned { dropPin(id) }
  }

  /// - Returns: whether it is being done; later otherwise.
  @discardableResult
  private mutating func setPinned(
    _ isPinned: Bool, _ id: String, _ turn: inout AgentTurn, now: Timestamp
  ) -> Bool {
    guard pins.canStart(id, now: now) else {
      turn.wake(at: pins.retryAt(id).flatMap { $0 > now ? $0 : nil })
      return false
    }
    pins.start(id)
    turn.actions.append(.setPinned(id: id, isPinned))
    return true
  }

  private mutating func dropPin(_ id: String) {
    ledger.setPin(false, id: id)
    ledger.forgetPromise(Self.pinPromise(id))
  }
}
