import Planning

/// What must hold at any time, whatever happens. Collects what doesn't.
struct PropertyCheck {
  private(set) var violations: [String] = []
  private var limits: [String: [(limits: BudgetLimits, since: Instant)]] = [:]
  private var lastStart: [String: Instant] = [:]
  private(set) var pullsSeen = 0
  private(set) var removalsSeen = 0
  private(set) var pacedSeen = 0

  mutating func fail(_ text: String) {
    if violations.count < 5 { violations.append(text) }
  }

  mutating func limit(_ budget: String, _ new: BudgetLimits, _ now: Instant) {
    limits[budget, default: []].append((new, now))
  }

  /// The limits that a pull of this time may go back to: those since the oldest grant that can be in force.
  private func inForce(_ budget: String, _ now: Instant) -> [BudgetLimits] {
    let all = limits[budget] ?? []
    let recent = all.indices.filter { index in
      index + 1 == all.count || all[index + 1].since + .seconds(140) > now
    }
    return recent.map { all[$0].limits }
  }

  mutating func running(_ agents: [String: SimulatedAgent], _ now: Instant) {
    struct Use {
      var perNode: [String: Int] = [:]
      var perRegistry: [String: Int] = [:]
    }
    var uses: [String: Use] = [:]
    for (name, agent) in agents {
      for pull in agent.running(now) {
        pullsSeen += 1
        uses[pull.budget, default: Use()].perNode[name, default: 0] += 1
        uses[pull.budget, default: Use()].perRegistry[pull.registry, default: 0] += 1
      }
    }
    for (budget, use) in uses {
      let limits = inForce(budget, now)
      func exceeds(_ what: String, _ count: Int, _ limit: (BudgetLimits) -> Int?) {
        let most = limits.map { limit($0) ?? .max }.max() ?? 0
        if count > most { fail("\(budget): \(count) \(what), but \(most) are allowed") }
      }
      exceeds("nodes", use.perNode.count) { $0.maxConcurrentNodes }
      exceeds("pulls", use.perNode.values.reduce(0, +)) { $0.maxConcurrentPulls }
      exceeds("pulls on a node", use.perNode.values.max() ?? 0) { $0.maxPullsPerNode }
      exceeds("pulls of a registry", use.perRegistry.values.max() ?? 0) { $0.maxPullsPerRegistry }
    }
  }

  mutating func started(_ starts: [SimulatedAgent.Start]) {
    // Only one budget is paced, always with the same interval; clocks may differ by twice the skew.
    for start in starts.sorted(by: { $0.at < $1.at }) where start.budget == "b" {
      pacedSeen += 1
      if let last = lastStart["b"] {
        let apart = max(start.at - last, last - start.at)
        if apart < .seconds(20 - 2 * SimulatedCluster.maxSkew) - .milliseconds(1) {
          fail("starts only \(apart) apart")
        }
      }
      lastStart["b"] = max(lastStart["b"] ?? start.at, start.at)
    }
  }

  mutating func removed(_ removed: [SimulatedAgent.Removal], containers: Set<ImageKey>) {
    removalsSeen += removed.count
    for removal in removed {
      if containers.contains(removal.key) { fail("\(removal.key) removed though in use") }
      if removal.origin == .found || removal.origin == nil { fail("\(removal.key) removed though not ours") }
    }
  }

  mutating func permits(_ inventories: [String: SimulatedCluster.Inventory], _ now: Instant) {
    // The permits were written by clocks that may be ahead.
    let nodes = inventories.values.count { $0.spec.removals.values.contains { $0 > now + .seconds(3) } }
    if nodes > 10 { fail("\(nodes) nodes with permits") }
  }

  /// - Parameter permits: that were added once the pods were known.
  mutating func newPermits(_ permits: Set<ImageKey>, pods: Set<ImageKey>) {
    for key in permits.intersection(pods) { fail("\(key) may go though a pod uses it") }
  }

  mutating func plan(_ spec: InventorySpec, of name: String, in cluster: SimulatedCluster) {
    if spec.images.count > 2000 { fail("plan of \(spec.images.count) images") }
    if !spec.removals.isEmpty {
      if !cluster.unknown.isEmpty { fail("permits while a kind is unknown") }
      if cluster.paused { fail("permits while paused") }
    }
    guard let facts = cluster.nodes[name] else { return fail("plan for a node that isn't there") }
    let wanted = Self.wanted(on: facts, cluster.demands)
    for key in spec.removals.keys {
      if wanted[key] != nil { fail("\(key) is wanted on \(name) and may go") }
      guard let seen = cluster.inventories[name]?.images[key] else { continue }
      if seen.origin != .pulled && seen.origin != .adopted { fail("\(key) isn't ours and may go") }
    }
    if cluster.unknown.isEmpty {
      if Set(wanted.keys) != Set(spec.images.keys) { fail("\(name): plan has other images than the demands") }
    }
    if spec.paused != cluster.paused { fail("\(name): the pause isn't in the plan") }
  }

  /// What should be on a node, found in the plainest way.
  static func wanted(on facts: NodeFacts, _ demands: [DemandID: Demand]) -> [ImageKey: [Demand]] {
    var wanted: [ImageKey: [Demand]] = [:]
    for demand in demands.values where demand.selector.matches(facts.labels) {
      for image in demand.images { wanted[image.key, default: []].append(demand) }
    }
    return wanted
  }
}
