import Planning

/// A planner with nodes whose agents answer at once, for tests of one rule.
struct Bench {
  var planner = ClusterPlanner(kinds: ["Set"])
  var now = Instant(microseconds: 1_800_000_000_000_000)
  var inventories: [String: NodeObservation] = [:]
  var plans: [String: NodePlan] = [:]

  static let a = ImageKey(normalized: "one.example/a:v1")
  static let b = ImageKey(normalized: "one.example/b:v1")
  static let c = ImageKey(normalized: "two.example/c:v1")

  init(nodes: [String] = ["n1"], known: Bool = true, limits: BudgetLimits? = nil) {
    planner.set(budget: "default", limits: limits)
    for name in nodes { planner.upsert(NodeFacts(name: name, uid: "uid-\(name)", labels: ["name": name])) }
    if known { planner.markKnown("Set") }
  }

  static func demand(
    _ name: String = "d", _ images: [ImageKey] = [a], priority: Int32 = 0, age: Int64 = 0,
    _ change: (inout Demand) -> Void = { _ in }
  ) -> Demand {
    var demand = Demand(
      id: DemandID(kind: "Set", name: name, uid: "uid-\(name)"),
      images: images.map { DemandedImage(ResolvedImage(key: $0)) }, priority: priority,
      createdAt: Instant(microseconds: 1_700_000_000_000_000 - age))
    change(&demand)
    return demand
  }

  mutating func begin() { planner.begin(now: now) }

  /// Plans what is dirty, writes it, and lets the agents answer: what is missing waits, unless `answer` says otherwise.
  mutating func settle(
    pods: Set<ImageKey> = [], answer: (String, inout NodeObservation) -> Void = { _, _ in }
  ) {
    for _ in 0..<20 {
      let dirty = planner.takeDirty(now: now).nodes.sorted()
      if dirty.isEmpty { return }
      for name in dirty { write(name, pods: pods, answer: answer) }
    }
  }

  mutating func write(
    _ name: String, pods: Set<ImageKey> = [], answer: (String, inout NodeObservation) -> Void = { _, _ in }
  ) {
    var plan = planner.plan(name, now: now)
    if plan.needsPodCheck { plan = planner.plan(name, now: now, usedByPods: pods) }
    plans[name] = plan
    guard let spec = plan.spec else { return }
    var new =
      inventories[name]
      ?? NodeObservation(inventoryUID: "inventory-\(name)", generation: 0, spec: spec, runtimeReady: true)
    new.spec = spec
    new.generation += 1
    planner.committed(name, generation: new.generation)
    new.observedGeneration = new.generation
    new.nodeUID = spec.nodeUID
    for key in spec.images.keys where new.images[key] == nil {
      new.images[key] = ObservedImage(state: .waiting, retention: spec.images[key]?.retention)
    }
    new.released.formIntersection(spec.grants.map(\.id))
    answer(name, &new)
    see(name, new)
  }

  mutating func see(_ name: String, _ observation: NodeObservation) {
    inventories[name] = observation
    planner.observe(name, observation)
  }

  /// The agent reports something.
  mutating func report(_ name: String, _ change: (inout NodeObservation) -> Void) {
    guard var observation = inventories[name] else { return }
    change(&observation)
    see(name, observation)
  }

  /// The agent has pulled everything and gives its grants back.
  mutating func finish(_ name: String) {
    let checked = now
    report(name) { inventory in
      for key in inventory.spec.images.keys {
        inventory.images[key] = ObservedImage(
          state: .present, origin: .pulled, retention: inventory.spec.images[key]?.retention, checkedAt: checked)
      }
      inventory.released = Set(inventory.spec.grants.map(\.id))
    }
  }

  func spec(_ name: String = "n1") -> InventorySpec? { inventories[name]?.spec }

  /// Grants that the agent may still use.
  func grants(_ name: String = "n1") -> [PullGrant] {
    let inventory = inventories[name]
    return (inventory?.spec.grants ?? []).filter {
      $0.until > now && !(inventory?.released.contains($0.id) ?? false)
    }
  }

  var granted: [String] { inventories.keys.filter { !grants($0).isEmpty }.sorted() }
}
