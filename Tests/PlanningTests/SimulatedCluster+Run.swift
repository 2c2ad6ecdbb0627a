import Planning

extension SimulatedCluster {
  /// One thing happens.
  mutating func step() {
    now = now + .milliseconds(Int.random(in: 50...(chance(10) ? 60_000 : 4000), using: &random))
    if faulty {
      switch Int.random(in: 0..<100, using: &random) {
      case 0..<6: changeDemand()
      case 6..<14: changeNode()
      case 14..<17: comeBack()
      case 17..<18: changeBudget(Self.budgetNames.randomElement(using: &random) ?? "default")
      case 18..<20: lead()
      case 20..<22: changeKnowledge()
      case 23..<26: moveTag()
      case 22:
        paused.toggle()
        planner.pauseAll(paused)
      default: break
      }
    }
    for name in agents.keys.sorted() where !faulty || chance(70) { stepAgent(name) }
    for write in inFlight where !faulty || chance(30) {
      inFlight.removeAll { $0.node == write.node }
      land(write)
    }
    for name in inventories.keys.sorted() where !faulty || chance(60) { deliver(name) }
    reconcile()
    check.running(agents, now)
    check.permits(inventories, now)
  }

  mutating func stepAgent(_ name: String) {
    guard var agent = agents[name], nodes[name]?.hasAgent == true else {
      agents[name]?.restart()
      return
    }
    var random = random
    let faulty = faulty
    let result = agent.step(
      now, digests: tags.mapValues { $0[$0.count - 1].digest }, containers: containers[name] ?? [],
      fails: { _ in faulty && Int.random(in: 0..<100, using: &random) < 20 },
      duration: { .milliseconds(Int.random(in: 100...(faulty ? 200_000 : 20_000), using: &random)) })
    self.random = random
    check.started(result.starts)
    check.removed(result.removed, containers: containers[name] ?? [])
    defer { agents[name] = agent }
    guard !cutOff.contains(name) else { return }
    if let inventory = inventories[name], !faulty || chance(80) {
      // A new agent takes over what was released before, or it would use a grant whose turn went to another.
      if agent.spec == nil { agent.released = inventory.released }
      if agent.spec != inventory.spec || agent.generation != inventory.generation {
        agent.receive(inventory.spec, generation: inventory.generation)
      }
    }
    if agent.spec != nil, inventories[name] != nil, !faulty || chance(80) {
      let images = agent.report(now)
      update(name) { inventory in
        inventory.images = images
        inventory.observedGeneration = agent.generation
        inventory.nodeUID = agent.spec?.nodeUID
        inventory.released = agent.released
      }
    }
  }

  mutating func update(_ name: String, _ change: (inout Inventory) -> Void) {
    guard let old = inventories[name] else { return }
    var new = old
    change(&new)
    guard new.observation != old.observation else { return }
    new.version += 1
    inventories[name] = new
  }

  mutating func deliver(_ name: String) {
    guard let inventory = inventories[name], seen[name] != inventory.version else { return }
    seen[name] = inventory.version
    planner.observe(name, inventory.observation)
  }

  @discardableResult
  mutating func land(_ write: InFlight) -> Bool {
    guard inventories[write.node]?.version == write.version else { return false }
    if let old = inventories[write.node] {
      var new = old
      new.spec = write.spec
      if new.spec != old.spec {
        new.generation += 1
        new.version += 1
        specWrites += 1
      }
      inventories[write.node] = new
    } else {
      inventories[write.node] = Inventory(uid: id("inventory"), version: nextID, spec: write.spec)
      specWrites += 1
    }
    return true
  }

  /// What the operator's loop does.
  mutating func reconcile() {
    var budget = 400
    while budget > 0 {
      let dirty = planner.takeDirty(now: clock)
      guard !dirty.nodes.isEmpty else { return }
      for name in dirty.nodes.sorted() {
        budget -= 1
        write(name)
      }
    }
    check.fail("the controller goes on and on")
  }

  mutating func write(_ name: String) {
    // A write whose answer never came is still on its way: the operator waits for it.
    guard !inFlight.contains(where: { $0.node == name }) else { return }
    var plan = planner.plan(name, now: clock)
    if plan.needsPodCheck {
      let unasked = plan.spec?.removals ?? inventories[name]?.spec.removals ?? [:]
      plan = planner.plan(name, now: clock, usedByPods: pods[name] ?? [])
      check.newPermits(Set(plan.spec?.removals.keys ?? [:].keys).subtracting(unasked.keys), pods: pods[name] ?? [])
    }
    guard let spec = plan.spec else { return }
    check.plan(spec, of: name, in: self)
    var again = planner
    if again.plan(name, now: clock).spec != spec { check.fail("the same input gives another plan") }
    let write = InFlight(node: name, spec: spec, version: seen[name])
    switch faulty ? Int.random(in: 0..<100, using: &random) : 0 {
    case 0..<75:
      if land(write) {
        planner.committed(name, generation: inventories[name]?.generation ?? 0)
        if seen[name] == nil { deliver(name) }
      } else {
        planner.failed(name, ambiguous: false)
        deliver(name)
      }
    case 75..<85:
      planner.failed(name, ambiguous: false)
      deliver(name)
    case 85..<90:
      land(write)
      planner.failed(name, ambiguous: true)
    default:
      inFlight.append(write)
      planner.failed(name, ambiguous: true)
    }
  }
}
