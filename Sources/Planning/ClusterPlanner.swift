/// Decides what every node should do now, within the budgets, from what is wanted and what was observed.
///
/// Its state is only an index of API objects, so it can be thrown away and built anew from a fresh list at any time;
/// a new leader must do that, because grants that others gave count until they end. Use: feed it with everything
/// there is, call `begin`, and from then on after every call ask `takeDirty` what to plan and whose status to write.
/// Calls cost as much as what they change.
package struct ClusterPlanner: Sendable {
  var demands: [DemandID: DemandState] = [:]
  /// Demands by what users know them by, so that one that was deleted and made again replaces the old one.
  var demandNames: [String: DemandID] = [:]
  var nodes: [String: NodeState] = [:]
  var pots: [String: BudgetPot] = [BudgetLimits.defaultName: BudgetPot(limits: BudgetLimits())]
  var removals = RemovalPot()
  var wakes = WakeQueue()
  var unknownKinds: Set<String>
  var paused = false
  var begun = false
  /// Whether anybody makes Jobs. Grants that an earlier leader gave for them otherwise are nobody's.
  private(set) var hasJobs: Bool
  /// The last `now` that was passed.
  var clock = Instant.distantPast
  var dirty = DirtySet()

  /// Who finds out what tags stand for.
  var refreshes = RefreshBook()

  /// How large images are on nodes that have them, as hints for nodes that don't.
  var sizes: [ImageKey: Int64] = [:]

  /// Plans by the demands that meet, shared by all nodes where the same ones do.
  var mergeCache: [[DemandID]: MergedPlan] = [:]
  /// Nodes whose evaluation is out of date.
  var stale: Set<String> = []
  /// Nodes whose places in queues are out of date.
  var toEnqueue: Set<String> = []
  /// Budgets of which something may be handed out.
  var unsettled: Set<String> = []
  /// Grants that ended since the last look, with what their node's work was like when they were given.
  var ended: [(node: String, lane: NodeState.Lane, fingerprint: Int)] = []

  /// How many sizes are kept; all are forgotten, and learned anew, when there are more.
  static let maxSizes = 50_000

  /// - Parameters:
  ///   - kinds: the API kinds that demands come from. Each is unknown until `markKnown`.
  ///   - hasJobs: whether anybody makes Jobs.
  package init(kinds: Set<String>, hasJobs: Bool = true) {
    unknownKinds = kinds
    self.hasJobs = hasJobs
  }

  /// Starts handing out plans. Everything must have been loaded from a fresh list by then, above all the inventories,
  /// which name the grants in force; before, `plan` gives nothing.
  package mutating func begin(now: Instant) {
    guard !begun else { return }
    begun = true
    touchAllNodes()
    unsettled.formUnion(pots.keys)
    advance(now)
  }

  /// What is to be planned, and whose status has changed, since the last call. Call it after every other call and
  /// when `wakeAt` has come: it also hands out what has become free.
  package mutating func takeDirty(now: Instant) -> DirtySet {
    advance(now)
    defer { dirty = DirtySet() }
    return dirty
  }

  /// When to call `takeDirty` although nothing happened; nil: not at all.
  package var wakeAt: Instant? {
    guard begun else { return nil }
    var times: [Instant] = []
    if let first = wakes.first { times.append(first) }
    for pot in pots.values {
      if let next = pot.nextTurn { times.append(next) }
    }
    if !removals.waiters.isEmpty, let next = removals.holders.values.min() { times.append(next) }
    return times.min()
  }

  /// Stops all pulls and removals everywhere, or lets them go on.
  package mutating func pauseAll(_ paused: Bool) {
    guard self.paused != paused else { return }
    self.paused = paused
    dirty.demands.formUnion(demands.keys)
    touchAllNodes()
  }

  mutating func touchAllNodes() {
    stale.formUnion(nodes.keys)
    dirty.nodes.formUnion(nodes.lazy.filter { $0.value.facts != nil }.map(\.key))
  }

  mutating func touch(_ names: some Sequence<String>) {
    for name in names {
      stale.insert(name)
      dirty.nodes.insert(name)
    }
  }

  var mayRemove: Bool { begun && !paused && unknownKinds.isEmpty }

  /// The budget that pays where `name` is asked for.
  func payer(_ name: String) -> String {
    pots[name]?.limits == nil ? BudgetLimits.defaultName : name
  }

  mutating func merged(_ ids: [DemandID]) -> MergedPlan {
    if let plan = mergeCache[ids] { return plan }
    if mergeCache.count > 256 { mergeCache.removeAll(keepingCapacity: true) }
    let plan = MergedPlan(ids.compactMap { demands[$0]?.demand }, budget: payer)
    mergeCache[ids] = plan
    return plan
  }
}
