extension ClusterPlanner {
  /// Brings everything up to `now`: evaluates what changed, ends what has run out and hands out what is free.
  mutating func advance(_ now: Instant) {
    clock = now
    settle()
    guard begun else { return }
    expire(now)
    for name in wakes.take(until: now) {
      toEnqueue.insert(name)
      if nodes[name]?.facts != nil { dirty.nodes.insert(name) }
    }
    judgeEnded(now)
    // In order, so that the same input gives the same plan.
    for name in toEnqueue.sorted() {
      enqueueForPulls(name, now)
      enqueueForRemovals(name, now)
      scheduleWake(name, now)
      if nodes[name]?.isForgettable == true { nodes[name] = nil }
    }
    toEnqueue.removeAll()
    handOut(now)
  }

  /// Evaluates the nodes that something changed for, and moves the demands' sums by the differences.
  mutating func settle() {
    while !stale.isEmpty {
      let names = stale
      stale.removeAll()
      var due: Set<ImageKey> = []
      for name in names { due.formUnion(evaluate(name)) }
      for key in due {
        if let name = refreshes.choose(key) { stale.insert(name) }
      }
    }
  }

  /// - Returns: images for which somebody may have to be chosen that compares its copy with the registry.
  private mutating func evaluate(_ name: String) -> Set<ImageKey> {
    guard var state = nodes[name] else { return [] }
    let old = state.evaluation
    if let facts = state.facts {
      let merged = merged(state.demands)
      state.claim(merged.unwanted)
      state.evaluation = NodeEvaluation(
        facts: facts, state: state, merged: merged, demands: state.demands.compactMap { demands[$0] },
        refreshes: refreshes, removing: mayRemove, now: clock)
    } else {
      state.evaluation = NodeEvaluation()
    }
    let new = state.evaluation
    for budget in Set(old.work.keys).union(new.work.keys) {
      if new.work[budget] == nil {
        pots[budget]?.unfinished.remove(name)
        for isForJobs in [false, true] {
          state.fruitless[NodeState.Lane(budget: budget, isForJobs: isForJobs)] = nil
        }
        state.lastWasForJobs[budget] = nil
        state.waitingSince[budget] = nil
      } else {
        pots[budget]?.unfinished.insert(name)
      }
    }
    withdrawPermits(&state)
    nodes[name] = state
    apply(old.contributions, new.contributions, of: name)
    toEnqueue.insert(name)
    if old.refreshing != new.refreshing, state.facts != nil { dirty.nodes.insert(name) }
    return refreshes.update(name, new.unresolved)
  }

  private mutating func apply(
    _ old: [DemandID: Contribution], _ new: [DemandID: Contribution], of name: String
  ) {
    for id in Set(old.keys).union(new.keys) where old[id] != new[id] && demands[id] != nil {
      if let part = old[id] { demands[id]?.tally.subtract(part, of: name) }
      if let part = new[id] { demands[id]?.tally.add(part, of: name) }
      dirty.demands.insert(id)
    }
  }

  /// Permits for what may no longer go, or what something was found to use, are taken back.
  private func withdrawPermits(_ state: inout NodeState) {
    for (key, permit) in state.permits where !permit.withdrawn {
      let candidate = state.evaluation.removable[key]
      let seen = state.observation?.images[key]
      let isInUse = seen?.reason == ObservedImage.inUseReason && (seen?.retryAt ?? .distantPast) > clock
      guard candidate == nil || isInUse else { continue }
      if permit.written {
        state.permits[key]?.withdrawn = true
      } else {
        state.permits[key] = nil
      }
    }
    for key in state.removalHolds.keys where state.evaluation.removable[key] == nil && mayRemove {
      state.removalHolds[key] = nil
    }
  }

  private mutating func expire(_ now: Instant) {
    for (budget, pot) in pots {
      guard let next = pot.nextEnd, next <= now else { continue }
      for name in pot.records.keys {
        endGrants(of: name, budget) { $0.end <= now }
      }
    }
    for (name, end) in removals.holders where end <= now {
      for (key, permit) in nodes[name]?.permits ?? [:] where permit.until + PullGrant.margin <= now {
        nodes[name]?.permits[key] = nil
        guard nodes[name]?.evaluation.removable[key] != nil else { continue }
        holdRemoval(of: key, on: name, now)
      }
      toEnqueue.insert(name)
    }
  }

  mutating func holdRemoval(of key: ImageKey, on name: String, _ now: Instant) {
    let old = nodes[name]?.removalHolds[key]
    nodes[name]?.removalHolds[key] = .next(after: old, now: now, first: .seconds(60), most: .seconds(600))
  }

  /// A node whose grant ended and nothing came of it waits for a while, or the two sides could go on forever: such as
  /// when the agent's clock says that a back-off isn't over yet.
  private mutating func judgeEnded(_ now: Instant) {
    for (name, lane, fingerprint) in ended {
      guard let state = nodes[name], let work = state.evaluation.work[lane.budget] else { continue }
      nodes[name]?.waitingSince[lane.budget] = nil
      nodes[name]?.fruitless[lane] =
        work.fingerprint(forJobs: lane.isForJobs) != fingerprint
        ? nil
        : .next(after: state.fruitless[lane], now: now, first: PullGrant.margin, most: .seconds(300))
    }
    ended.removeAll()
  }

  private mutating func enqueueForPulls(_ name: String, _ now: Instant) {
    guard let state = nodes[name] else { return }
    for budget in state.queuedIn.union(state.evaluation.work.keys) {
      guard let waiter = waiter(state, name, budget, now) else {
        if state.queuedIn.contains(budget) {
          pots[budget]?.dequeue(name)
          if pots[budget]?.turns.removeValue(forKey: name) != nil { unsettled.insert(budget) }
          nodes[name]?.queuedIn.remove(budget)
          if pots[budget]?.isForgettable == true { pots[budget] = nil }
        }
        continue
      }
      nodes[name]?.waitingSince[budget] = waiter.since
      nodes[name]?.queuedIn.insert(budget)
      // What it was given may not fit any more.
      pots[budget]?.turns[name] = nil
      pots[budget]?.enqueue(name, waiter)
      unsettled.insert(budget)
    }
  }

  private func waiter(_ state: NodeState, _ name: String, _ budget: String, _ now: Instant) -> BudgetPot.Waiter? {
    guard !paused, state.evaluation.answered, pots[budget]?.records[name] == nil else { return nil }
    var due = (state.evaluation.work[budget]?.items ?? []).filter { item in
      let lane = NodeState.Lane(budget: budget, isForJobs: item.isForJobs)
      return item.isDue(now) && (state.fruitless[lane]?.until ?? .distantPast) <= now
    }
    guard let priority = due.map(\.priority).max() else { return nil }
    // The agent and Jobs take turns where both have something that is as important.
    let lanes = Set(due.filter { $0.priority == priority }.map(\.isForJobs))
    let isForJobs = lanes.count == 1 ? lanes.contains(true) : !(state.lastWasForJobs[budget] ?? true)
    due.removeAll { $0.isForJobs != isForJobs }
    var registries: [String: Int] = [:]
    for item in due { registries[item.registry, default: 0] += 1 }
    return BudgetPot.Waiter(
      priority: priority, since: state.waitingSince[budget] ?? now, registries: registries, isForJobs: isForJobs)
  }

  private mutating func enqueueForRemovals(_ name: String, _ now: Instant) {
    guard let state = nodes[name] else {
      removals.dequeue(name)
      removals.turns.remove(name)
      removals.holders[name] = nil
      return
    }
    removals.holders[name] = state.permits.values.map(\.until).max().map { $0 + PullGrant.margin }
    guard !state.removable(now).isEmpty else {
      removals.dequeue(name)
      removals.turns.remove(name)
      return
    }
    if removals.holders[name] != nil {
      dirty.nodes.insert(name)
    } else if !removals.turns.contains(name) {
      removals.enqueue(name, since: now)
    }
  }

  private mutating func handOut(_ now: Instant) {
    if !paused {
      let due = pots.filter { unsettled.contains($0.key) || ($0.value.nextTurn ?? .distantFuture) <= now }
        .map(\.key)
      for budget in due {
        dirty.nodes.formUnion(pots[budget]?.allocate(now: now) ?? [])
        if pots[budget]?.isForgettable == true { pots[budget] = nil }
      }
      unsettled.removeAll()
    }
    dirty.nodes.formUnion(removals.allocate())
  }
}

extension NodeState {
  /// Images for whose removal it is time to ask.
  func removable(_ now: Instant) -> [ImageKey] {
    guard evaluation.answered else { return [] }
    return evaluation.removable.compactMap { key, notBefore in
      (notBefore ?? .distantPast) <= now && (removalHolds[key]?.until ?? .distantPast) <= now && permits[key] == nil
        ? key : nil
    }
  }
}
