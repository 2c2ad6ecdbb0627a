import Planning
import TestSupport

/// A cluster with its API objects, agents, and a controller around the planner, all driven by one seed.
struct SimulatedCluster {
  struct Inventory {
    var uid: String
    var version = 0
    var generation: Int64 = 1
    var spec: InventorySpec
    var observedGeneration: Int64?
    var nodeUID: String?
    var images: [ImageKey: ObservedImage] = [:]
    var released: Set<String> = []

    var observation: NodeObservation {
      NodeObservation(
        inventoryUID: uid, generation: generation, observedGeneration: observedGeneration, nodeUID: nodeUID,
        spec: spec, images: images, released: released, runtimeReady: observedGeneration == nil ? nil : true)
    }
  }

  struct InFlight {
    var node: String
    var spec: InventorySpec
    /// nil: creates.
    var version: Int?
  }

  static let kinds: Set<String> = ["Set", "Cache"]
  static let nodeNames = (0..<9).map { "node-\($0)" }
  static let budgetNames = ["default", "a", "b"]
  static let maxSkew = 3
  static let images = ["one.example", "two.example", "three.example"].flatMap { registry in
    (0..<4).map { ImageKey(normalized: "\(registry)/image-\($0):v1") }
  }

  var random: SeededGenerator
  var now = Instant(microseconds: 1_800_000_000_000_000)
  var faulty = true
  var nextID = 0

  // The API.
  var nodes: [String: NodeFacts] = [:]
  var inventories: [String: Inventory] = [:]
  var demands: [DemandID: Demand] = [:]
  var budgets: [String: BudgetLimits] = [:]
  var paused = false
  var inFlight: [InFlight] = []

  // The nodes.
  var agents: [String: SimulatedAgent] = [:]
  var pods: [String: Set<ImageKey>] = [:]
  var containers: [String: Set<ImageKey>] = [:]
  /// Nodes whose agents can't reach the API and work on.
  var cutOff: Set<String> = []

  // The controller.
  var planner = ClusterPlanner(kinds: kinds)
  var unknown: Set<String> = []
  var controllerSkew = Duration.zero
  /// The versions of the inventories that the controller has seen.
  var seen: [String: Int] = [:]
  /// Demands as the controller has seen them.
  var seenDemands: [DemandID: Demand] = [:]
  var specWrites = 0
  /// What the registry's tags stood for, and since when.
  var tags: [ImageKey: [(since: Instant, digest: String)]] = [:]
  var check = PropertyCheck()

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    for key in Self.images { tags[key] = [(.distantPast, "sha256:0")] }
    for name in Self.nodeNames { addNode(name) }
    for name in Self.budgetNames { changeBudget(name) }
    lead()
  }

  var clock: Instant { now + controllerSkew }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  mutating func id(_ prefix: String) -> String {
    nextID += 1
    return "\(prefix)-\(nextID)"
  }

  mutating func skew() -> Duration {
    .milliseconds(Int.random(in: -1000 * Self.maxSkew...1000 * Self.maxSkew, using: &random))
  }

  // MARK: What users and faults do

  mutating func addNode(_ name: String) {
    nodes[name] = NodeFacts(
      name: name, uid: id("uid"), labels: ["zone": chance(50) ? "x" : "y"], os: chance(90) ? "linux" : nil,
      architecture: "amd64", hasAgent: true)
    agents[name] = SimulatedAgent(skew: skew())
    for key in Self.images where chance(15) { agents[name]?.disk[key] = SimulatedAgent.Copy(checkedAt: nil) }
    pods[name] = []
    containers[name] = []
  }

  mutating func moveTag() {
    guard let key = Self.images.randomElement(using: &random) else { return }
    // Not one that runs, whose moment nobody can tell.
    guard !agents.values.contains(where: { $0.pulls[key] != nil }) else { return }
    let digest = "sha256:\(tags[key]?.count ?? 0)"
    tags[key]?.append((now, digest))
  }

  mutating func changeBudget(_ name: String) {
    var limits = BudgetLimits(
      maxConcurrentNodes: Int.random(in: 1...4, using: &random), maxPullsPerNode: Int.random(in: 1...3, using: &random))
    if chance(40) { limits.maxConcurrentPulls = Int.random(in: 1...5, using: &random) }
    if chance(40) { limits.maxPullsPerRegistry = Int.random(in: 1...3, using: &random) }
    if name == "b" { limits.minStartInterval = .seconds(20) }
    budgets[name] = limits
    planner.set(budget: name, limits: limits)
    check.limit(name, limits, now)
  }

  mutating func changeDemand() {
    if demands.count >= 6 || (!demands.isEmpty && chance(25)),
      let id = demands.keys.sorted().randomElement(using: &random)
    {
      demands[id] = nil
    } else if !demands.isEmpty, chance(40), let id = demands.keys.sorted().randomElement(using: &random) {
      var demand = demands[id] ?? makeDemand(id)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: demand.paused.toggle()
      case 1: demand.images = someImages()
      case 2: demand.priority = Int32.random(in: -1...3, using: &random)
      case 3: demand.selector = NodeSelector(labels: ["zone": chance(50) ? "x" : "y"])
      default: demand.retention = chance(80) ? .delete : .retain
      }
      demands[id] = demand
    } else {
      let id = DemandID(kind: chance(50) ? "Set" : "Cache", name: id("demand"), uid: id("uid"))
      demands[id] = makeDemand(id)
    }
    deliverDemands()
  }

  mutating func makeDemand(_ id: DemandID) -> Demand {
    Demand(
      id: id, images: someImages(), selector: chance(60) ? .everything : NodeSelector(labels: ["zone": "x"]),
      tolerations: chance(10) ? [TaintToleration()] : [],
      budget: (Self.budgetNames + ["missing"]).randomElement(using: &random) ?? "default",
      priority: Int32.random(in: 0...2, using: &random), retention: chance(85) ? .delete : .retain, createdAt: now)
  }

  mutating func someImages() -> [DemandedImage] {
    Self.images.shuffled(using: &random).prefix(Int.random(in: 1...5, using: &random)).map { key in
      DemandedImage(ResolvedImage(key: key), freshAfter: chance(15) ? now : nil)
    }
  }

  mutating func changeNode() {
    guard let name = nodes.keys.sorted().randomElement(using: &random), var facts = nodes[name] else {
      return addNode(Self.nodeNames[0])
    }
    switch Int.random(in: 0..<10, using: &random) {
    case 8, 9: cutOff.formSymmetricDifference([name])
    case 0: facts.unschedulable.toggle()
    case 1: facts.ready.toggle()
    case 2: facts.hasAgent.toggle()
    case 3: facts.labels["zone"] = chance(50) ? "x" : "y"
    case 4:
      agents[name]?.restart()
    case 5:
      if let key = agents[name]?.disk.keys.sorted().randomElement(using: &random) { agents[name]?.disk[key] = nil }
    case 6:
      let used = Set(Self.images.filter { _ in chance(20) })
      pods[name] = used
      containers[name] = used.filter { _ in chance(60) }
    default:
      nodes[name] = nil
      agents[name] = nil
      planner.removeNode(name)
      if chance(50) {
        inventories[name] = nil
        seen[name] = nil
        planner.observe(name, nil)
      }
      return
    }
    nodes[name] = facts
    planner.upsert(facts)
  }

  mutating func comeBack() {
    for name in Self.nodeNames where nodes[name] == nil && (!faulty || chance(50)) {
      addNode(name)
      if let facts = nodes[name] { planner.upsert(facts) }
    }
  }

  /// The controller sees demands only of kinds that it can list.
  mutating func deliverDemands() {
    for (id, demand) in demands.sorted(by: { $0.key < $1.key }) where !unknown.contains(id.kind) {
      seenDemands[id] = demand
      planner.upsert(demand)
    }
    for id in seenDemands.keys where demands[id] == nil && !unknown.contains(id.kind) {
      seenDemands[id] = nil
      planner.removeDemand(id)
    }
  }

  mutating func changeKnowledge() {
    for kind in Self.kinds.sorted() where chance(50) {
      if unknown.contains(kind) {
        unknown.remove(kind)
        deliverDemands()
        planner.markKnown(kind)
      } else {
        unknown.insert(kind)
        planner.markUnknown(kind)
      }
    }
  }

  /// A new leader: what the old one has sent arrives or is lost, then everything is listed anew.
  mutating func lead() {
    for write in inFlight where chance(50) { land(write) }
    inFlight.removeAll()
    controllerSkew = skew()
    planner = rebuilt(
      views: inventories.mapValues(\.observation), from: demands.filter { !unknown.contains($0.key.kind) })
    seenDemands = demands.filter { !unknown.contains($0.key.kind) }
    seen = inventories.mapValues(\.version)
    planner.begin(now: clock)
  }

  func rebuilt(views: [String: NodeObservation], from demands: [DemandID: Demand]) -> ClusterPlanner {
    var planner = ClusterPlanner(kinds: Self.kinds)
    for (name, limits) in budgets { planner.set(budget: name, limits: limits) }
    for facts in nodes.values { planner.upsert(facts) }
    for (name, view) in views { planner.observe(name, view) }
    for demand in demands.values { planner.upsert(demand) }
    for kind in Self.kinds.subtracting(unknown) { planner.markKnown(kind) }
    planner.pauseAll(paused)
    return planner
  }
}
