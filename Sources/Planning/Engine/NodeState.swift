/// Everything that the planner keeps for one node name.
struct NodeState: Sendable {
  struct Pending: Sendable {
    var spec: InventorySpec
    var generation: Int64
    /// Of the object that was written; nil when it was created.
    var inventoryUID: String?
  }

  struct Permit: Sendable {
    var until: Instant
    /// May have been written.
    var written: Bool
    /// Must go from the spec.
    var withdrawn = false
  }

  /// A wait that grows while nothing comes of it.
  struct Hold: Sendable {
    var until: Instant
    var count: Int

    static func next(after old: Hold?, now: Instant, first: Duration, most: Duration) -> Hold {
      let count = (old?.count ?? 0) + 1
      return Hold(until: now + min(most, first * (1 << min(count - 1, 16))), count: count)
    }
  }

  /// The turns of one budget that are for the agent, or for Jobs beside it: a node has one of the two at a time.
  struct Lane: Hashable {
    let budget: String
    let isForJobs: Bool
  }

  /// nil while there is no such Node.
  var facts: NodeFacts?
  /// nil while there is no NodeInventory.
  var observation: NodeObservation?
  /// The demands that select the node, in order of their ids.
  var demands: [DemandID] = []
  var evaluation = NodeEvaluation()
  /// What was written and hasn't been observed yet.
  var pending: Pending?
  /// What was handed out to be written last.
  var planned: InventorySpec?
  var permits: [ImageKey: Permit] = [:]
  /// Images that couldn't be removed lately.
  var removalHolds: [ImageKey: Hold] = [:]
  /// Images that are to go, and of which it is known that they are Swiftlet's or not there.
  var claimed: Set<ImageKey> = []
  /// Images that are to go, and that pods on the node used when that was last looked at.
  var usedByPods: Set<ImageKey> = []
  /// Grants of which nothing came lately.
  var fruitless: [Lane: Hold] = [:]
  /// By budget: whether the last turn was for Jobs.
  var lastWasForJobs: [String: Bool] = [:]
  /// By budget: since when it has been waiting for a turn.
  var waitingSince: [String: Instant] = [:]
  /// Budgets whose queue it stands in or whose turn it has.
  var queuedIn: Set<String> = []
  /// Budgets of which it holds grants.
  var holding: Set<String> = []

  var isForgettable: Bool { facts == nil && observation == nil && holding.isEmpty && permits.isEmpty }

  /// What the agent says of the Node that is there now.
  var trustedObservation: NodeObservation? { observation.flatMap { $0.nodeUID == facts?.uid ? $0 : nil } }

  /// The agent has answered to the newest spec, for the Node that is there now: what it says can be acted on.
  var hasAnswered: Bool {
    trustedObservation.flatMap(\.observedGeneration).map { $0 >= knownGeneration } ?? false
  }

  /// Notes of which of the images that are to go it is known that they are Swiftlet's, or not there.
  mutating func claim(_ unwanted: [ImageKey: Demand.Intent.Scope]) {
    claimed.formIntersection(unwanted.keys)
    usedByPods.formIntersection(unwanted.keys)
    guard hasAnswered, let seen = trustedObservation?.images else { return }
    for key in unwanted.keys where !claimed.contains(key) {
      let isKnown =
        switch seen[key]?.state {
        case .present: seen[key]?.origin != .found && seen[key]?.origin != nil
        case .pulling: false
        case .waiting, .failed, .removing: true
        // An agent names everything that its plan holds.
        case nil: knownSpec?.images[key] != nil
        }
      if isKnown { claimed.insert(key) }
    }
  }

  /// The newest spec that is known to be written.
  var knownSpec: InventorySpec? { pending?.spec ?? observation?.spec }

  var knownGeneration: Int64 { pending?.generation ?? observation?.generation ?? 0 }
}
