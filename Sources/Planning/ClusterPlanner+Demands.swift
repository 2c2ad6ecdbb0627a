extension ClusterPlanner {
  /// Takes a demand over, new or changed.
  package mutating func upsert(_ demand: Demand) {
    let id = demand.id
    if let old = demandNames[id.description], old != id { removeDemand(old) }
    demandNames[id.description] = id
    guard let old = demands[id] else {
      demands[id] = DemandState(demand)
      dirty.demands.insert(id)
      select(id)
      return
    }
    guard old.demand != demand else { return }
    demands[id]?.demand = demand
    demands[id]?.images = DemandState.unique(demand.images)
    dirty.demands.insert(id)
    forgetMerges(of: id)
    if old.demand.selector != demand.selector || old.demand.tolerations != demand.tolerations
      || old.demand.taintRule != demand.taintRule
    {
      select(id)
    }
    touch(demands[id]?.nodes ?? [])
  }

  /// Forgets a demand whose object is known to be gone.
  package mutating func removeDemand(_ id: DemandID) {
    guard let old = demands.removeValue(forKey: id) else { return }
    if demandNames[id.description] == id { demandNames[id.description] = nil }
    forgetMerges(of: id)
    dirty.demands.remove(id)
    for name in old.nodes {
      nodes[name]?.demands.removeAll { $0 == id }
      nodes[name]?.evaluation.contributions[id] = nil
    }
    touch(old.nodes)
  }

  /// A kind's objects can't be listed: its last demands keep counting, entries in the nodes' plans that nobody known
  /// wants are kept, and nothing is removed anywhere.
  package mutating func markUnknown(_ kind: String) {
    guard unknownKinds.insert(kind).inserted else { return }
    touchAllNodes()
  }

  /// A kind's objects are all there.
  package mutating func markKnown(_ kind: String) {
    guard unknownKinds.remove(kind) != nil else { return }
    touchAllNodes()
  }

  /// Takes over a budget's limits; nil: there is no such budget, so `default` pays, and `default` has its defaults.
  package mutating func set(budget name: String, limits: BudgetLimits?) {
    let limits = limits ?? (name == BudgetLimits.defaultName ? BudgetLimits() : nil)
    let old = pots[name]?.limits
    guard old != limits else { return }
    pots[name, default: BudgetPot(limits: nil)].limits = limits
    unsettled.insert(name)
    guard (old == nil) != (limits == nil) else { return }
    mergeCache.removeAll()
    for state in demands.values where state.demand.budget == name {
      dirty.demands.insert(state.demand.id)
      touch(state.nodes)
    }
    if pots[name]?.isForgettable == true { pots[name] = nil }
  }

  /// Finds the demand's nodes anew.
  private mutating func select(_ id: DemandID) {
    guard let state = demands[id] else { return }
    var selected: Set<String> = []
    for (name, node) in nodes {
      if let facts = node.facts, Selection.selects(state.demand, facts) { selected.insert(name) }
    }
    for name in state.nodes.subtracting(selected) { unlink(id, name) }
    for name in selected.subtracting(state.nodes) { link(id, name) }
    touch(state.nodes.symmetricDifference(selected))
  }

  mutating func link(_ id: DemandID, _ name: String) {
    demands[id]?.nodes.insert(name)
    guard var ids = nodes[name]?.demands else { return }
    ids.append(id)
    ids.sort()
    nodes[name]?.demands = ids
  }

  mutating func unlink(_ id: DemandID, _ name: String) {
    demands[id]?.nodes.remove(name)
    nodes[name]?.demands.removeAll { $0 == id }
  }

  private mutating func forgetMerges(of id: DemandID) {
    mergeCache = mergeCache.filter { !$0.key.contains(id) }
  }
}
