extension ClusterPlanner {
  /// How far a demand is; nil where there is none of that id.
  package mutating func status(_ id: DemandID) -> DemandStatus? {
    settle()
    guard let state = demands[id] else { return nil }
    return state.tally.status(
      of: state.demand, keys: state.images.map(\.key), budgetMissing: payer(state.demand.budget) != state.demand.budget,
      isPausedEverywhere: paused)
  }

  /// The nodes of some demands together. One that several of them pick counts once, and is ready when all of these are
  /// done there.
  package mutating func nodes(of ids: [DemandID]) -> NodeTally {
    settle()
    var tally = NodeTally()
    for name in ids.reduce(into: Set<String>(), { $0.formUnion(demands[$1]?.nodes ?? []) }) {
      let parts = ids.compactMap { nodes[name]?.evaluation.contributions[$0] }
      guard !parts.isEmpty else { continue }
      tally.desired += 1
      if parts.allSatisfy(\.isReady) { tally.ready += 1 }
      if parts.contains(where: { $0.obstacle != nil }) { tally.unreachable += 1 }
    }
    return tally
  }
}
