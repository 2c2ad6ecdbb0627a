extension ClusterPlanner {
  /// Takes over what is known of a Node, new or changed.
  package mutating func upsert(_ facts: NodeFacts) {
    let name = facts.name
    let old = nodes[name, default: NodeState()].facts
    guard old != facts else { return }
    nodes[name, default: NodeState()].facts = facts
    if old?.labels != facts.labels || old?.taints != facts.taints || old?.os != facts.os || old == nil {
      for (id, state) in demands {
        let isSelected = Selection.selects(state.demand, facts)
        if isSelected, !state.nodes.contains(name) { link(id, name) }
        if !isSelected, state.nodes.contains(name) { unlink(id, name) }
      }
    }
    touch([name])
  }

  /// The Node is gone. Its grants count until they end.
  package mutating func removeNode(_ name: String) {
    guard nodes[name]?.facts != nil else { return }
    for id in nodes[name]?.demands ?? [] { unlink(id, name) }
    nodes[name]?.facts = nil
    stale.insert(name)
  }

  /// Takes over a NodeInventory as it is now; nil: there is none. One that is older than what is known is ignored.
  package mutating func observe(_ name: String, _ observation: NodeObservation?) {
    let old = nodes[name]?.observation
    guard old != observation else { return }
    if let old, let new = observation, old.inventoryUID == new.inventoryUID, new.generation < old.generation { return }
    var state = nodes[name, default: NodeState()]
    state.observation = observation
    if let pending = state.pending {
      let isSame = observation.map { pending.inventoryUID == nil || pending.inventoryUID == $0.inventoryUID } ?? false
      if !isSame || observation.map({ $0.generation >= pending.generation }) ?? true { state.pending = nil }
    }
    let isBehind = state.pending != nil
    nodes[name] = state
    if let observation {
      learnSizes(observation)
      if observation.nodeUID == observation.spec.nodeUID { stale.formUnion(refreshes.learn(observation.images)) }
      release(observation.released, of: name)
      if !isBehind {
        for grant in observation.spec.grants where !observation.released.contains(grant.id) {
          absorb(grant, of: name, nodeUID: observation.spec.nodeUID)
        }
        absorbPermits(observation, of: name)
      }
    }
    stale.insert(name)
    if state.facts != nil { dirty.nodes.insert(name) }
  }

  private mutating func learnSizes(_ observation: NodeObservation) {
    if sizes.count > Self.maxSizes { sizes.removeAll() }
    for (key, image) in observation.images where image.state == .present {
      if let size = image.sizeBytes { sizes[key] = size }
    }
  }

  private mutating func release(_ ids: Set<String>, of name: String) {
    guard !ids.isEmpty, let holding = nodes[name]?.holding else { return }
    for budget in holding {
      endGrants(of: name, budget) { ids.contains($0.grant.id) }
    }
  }

  /// Ends the node's grants of a budget that `isOver` says.
  mutating func endGrants(of name: String, _ budget: String, where isOver: (BudgetPot.Record) -> Bool) {
    let over = pots[budget]?.end(of: name, now: clock, where: isOver) ?? []
    guard !over.isEmpty else { return }
    if pots[budget]?.records[name] == nil { nodes[name]?.holding.remove(budget) }
    for record in over {
      let lane = NodeState.Lane(budget: budget, isForJobs: record.grant.isForJobs)
      if let fingerprint = record.fingerprint { ended.append((name, lane, fingerprint)) }
    }
    unsettled.insert(budget)
    toEnqueue.insert(name)
  }

  /// Counts a grant that is in a spec, whoever gave it.
  private mutating func absorb(_ grant: PullGrant, of name: String, nodeUID: String) {
    if pots[grant.budget]?.records[name]?.contains(where: { $0.grant.id == grant.id }) ?? false {
      pots[grant.budget]?.update(grant.id, of: name) { record in
        record.grant.until = max(record.grant.until, grant.until)
        record.writtenUntil = max(record.writtenUntil ?? grant.until, grant.until)
      }
      return
    }
    guard grant.until + PullGrant.margin > clock, hasJobs || !grant.isForJobs else { return }
    pots[grant.budget, default: BudgetPot(limits: nil)].add(
      BudgetPot.Record(
        grant: grant, nodeUID: nodeUID, writtenUntil: grant.until, fingerprint: nil, interval: .zero), of: name)
    nodes[name]?.holding.insert(grant.budget)
  }

  private mutating func absorbPermits(_ observation: NodeObservation, of name: String) {
    for (key, until) in observation.spec.removals where until + PullGrant.margin > clock {
      guard observation.images[key] != nil else { continue }
      if var permit = nodes[name]?.permits[key] {
        permit.until = max(permit.until, until)
        permit.written = true
        nodes[name]?.permits[key] = permit
      } else {
        nodes[name]?.permits[key] = NodeState.Permit(until: until, written: true)
      }
    }
    for key in nodes[name]?.permits.keys.filter({ observation.images[$0] == nil }) ?? [] {
      nodes[name]?.permits[key] = nil
    }
  }
}
