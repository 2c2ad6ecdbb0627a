extension BudgetPot {
  /// What is taken by grants in force and by turns.
  private struct Usage {
    var nodes: Set<String> = []
    var pulls = 0
    var registries: [String: Int] = [:]
    /// Pulls of grants without shares: they may all be from any registry.
    var anywhere = 0
    var pacings: [GrantPacing?] = []

    mutating func add(_ node: String, pulls: Int, registries: [String: Int]?, pacing: GrantPacing?) {
      nodes.insert(node)
      self.pulls += pulls
      if let registries {
        self.registries.merge(registries, uniquingKeysWith: +)
      } else {
        anywhere += pulls
      }
      pacings.append(pacing)
    }
  }

  private var usage: Usage {
    var usage = Usage()
    for (node, held) in records {
      for record in held {
        let grant = record.grant
        usage.add(node, pulls: grant.pulls, registries: grant.registries, pacing: grant.pacing)
      }
    }
    for (node, turn) in turns {
      usage.add(node, pulls: turn.pulls, registries: turn.registries, pacing: turn.pacing)
    }
    return usage
  }

  /// Gives turns to the nodes that wait, as far as the limits allow.
  ///
  /// In order of priority, then of waiting; every `agingStep`th turn goes to the node that waited longest, so that a
  /// stream of more important work can't starve the rest. A node that can't have a turn since its registries have no
  /// share left doesn't hold up those behind it.
  ///
  /// - Returns: the nodes that got a turn, to be planned.
  mutating func allocate(now: Instant) -> [String] {
    quietUntil = nil
    guard let limits, !waiters.isEmpty else { return [] }
    var usage = usage
    var passed: Set<String> = []
    var winners: [String] = []
    var place = 0
    var age = 0
    while usage.nodes.count < limits.maxConcurrentNodes {
      if let most = limits.maxConcurrentPulls, usage.pulls >= most { break }
      while place < places.count, passed.contains(places.elements[place].node) { place += 1 }
      while age < ages.count, passed.contains(ages.elements[age].node) { age += 1 }
      guard place < places.count, age < ages.count else { break }
      let oldest = handedOut % Self.agingStep == Self.agingStep - 1
      let node = oldest ? ages.elements[age].node : places.elements[place].node
      passed.insert(node)
      guard let waiter = waiters[node], var turn = turn(for: waiter, limits, usage) else { continue }
      if let pacing = Pacing(limits.minStartInterval) {
        guard let rhythm = rhythm(pacing, limits, usage, now) else { break }
        turn.pacing = rhythm
        turn.interval = .milliseconds(pacing.interval)
      }
      turn.isForJobs = waiter.isForJobs
      usage.add(node, pulls: turn.pulls, registries: turn.registries, pacing: turn.pacing)
      turns[node] = turn
      winners.append(node)
      handedOut += 1
    }
    for node in winners { dequeue(node) }
    return winners
  }

  private func turn(for waiter: Waiter, _ limits: BudgetLimits, _ usage: Usage) -> Turn? {
    var pulls = limits.maxPullsPerNode
    if let most = limits.maxConcurrentPulls {
      pulls = min(pulls, most - usage.pulls, waiter.registries.values.reduce(0, +))
    }
    guard pulls > 0 else { return nil }
    guard let perRegistry = limits.maxPullsPerRegistry else { return Turn(pulls: pulls) }
    var shares: [String: Int] = [:]
    for (registry, wanted) in waiter.registries {
      let share = min(pulls, wanted, perRegistry - usage.anywhere - (usage.registries[registry] ?? 0))
      if share > 0 { shares[registry] = share }
    }
    guard !shares.isEmpty else { return nil }
    return Turn(pulls: min(pulls, shares.values.reduce(0, +)), registries: shares)
  }

  private mutating func rhythm(
    _ pacing: Pacing, _ limits: BudgetLimits, _ usage: Usage, _ now: Instant
  ) -> GrantPacing? {
    switch pacing.epoch(of: usage.pacings) {
    case .other: return nil
    case .none:
      let quiet = quiet(pacing)
      guard now >= quiet else {
        quietUntil = quiet
        return nil
      }
      return pacing.grant(slot: 0, of: Pacing.slots(limits: limits, candidates: unfinished.count))
    case .running(let slots, let taken):
      return (0..<slots).first { !taken.contains($0) }.map { pacing.grant(slot: $0, of: slots) }
    }
  }

  /// After grants of another rhythm, the interval must pass once before starts at its multiples are far enough from
  /// theirs.
  private func quiet(_ pacing: Pacing) -> Instant {
    ends.filter { $0.key == .zero || $0.key.wholeMilliseconds % pacing.interval != 0 }.values.max()
      .map { $0 + .milliseconds(pacing.interval) } ?? .distantPast
  }

  /// When the next turn may be given without anything else happening; nil where nobody waits.
  var nextTurn: Instant? {
    guard let limits, !waiters.isEmpty, limits.maxConcurrentNodes > 0 else { return nil }
    return [nextEnd, quietUntil].compactMap { $0 }.min()
  }

  /// Whether a grant may be renewed: while the limits, which may be lower than when it was given, still have room for
  /// it and all older ones, and its rhythm is still the right one.
  func mayRenew(_ id: String, of node: String, isPulling: Bool) -> Bool {
    guard let limits else { return false }
    let all = records.flatMap { node, held in held.map { (node: node, grant: $0.grant) } }
      .sorted { ($0.grant.id, $0.node) < ($1.grant.id, $1.node) }
    guard let index = all.firstIndex(where: { $0.grant.id == id && $0.node == node }) else { return false }
    let grant = all[index].grant
    var usage = Usage()
    for one in all[...index] {
      usage.add(one.node, pulls: one.grant.pulls, registries: one.grant.registries, pacing: one.grant.pacing)
    }
    guard usage.nodes.count <= limits.maxConcurrentNodes, grant.pulls <= limits.maxPullsPerNode,
      usage.pulls <= limits.maxConcurrentPulls ?? .max
    else { return false }
    if let most = limits.maxPullsPerRegistry {
      guard let shares = grant.registries,
        shares.keys.allSatisfy({ (usage.registries[$0] ?? 0) + usage.anywhere <= most })
      else { return false }
    }
    return keepsRhythm(grant, limits, isPulling: isPulling)
  }

  /// An epoch whose number of slots no longer fits ends by not renewing the grants under which nothing runs.
  private func keepsRhythm(_ grant: PullGrant, _ limits: BudgetLimits, isPulling: Bool) -> Bool {
    guard let pacing = Pacing(limits.minStartInterval) else { return true }
    guard let rhythm = grant.pacing, pacing.slot(of: rhythm) != nil else { return false }
    let slots = rhythm.every.wholeMilliseconds / pacing.interval
    let wanted = Pacing.slots(limits: limits, candidates: unfinished.count)
    let tooFew = wanted > slots && !waiters.isEmpty && records.count >= slots
    let tooMany = wanted * 2 <= slots
    return isPulling || !(tooFew || tooMany)
  }
}
