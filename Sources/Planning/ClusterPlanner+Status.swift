extension ClusterPlanner {
  /// How far a demand is; nil where there is none of that id.
  package mutating func status(_ id: DemandID) -> DemandStatus? {
    settle()
    guard let state = demands[id] else { return nil }
    return state.tally.status(
      of: state.demand, keys: state.images.map(\.key), budgetMissing: payer(state.demand.budget) != state.demand.budget,
      isPausedEverywhere: paused)
  }
}
