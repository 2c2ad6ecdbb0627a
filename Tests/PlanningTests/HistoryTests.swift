import Planning
import Testing
import TestSupport

/// Random histories of users, faults, agents and leaders.
@Suite struct HistoryTests {
  @Test(arguments: seeds("histories", count: 12))
  func everythingHoldsAndComesToRest(seed: UInt64) {
    var cluster = SimulatedCluster(seed: seed)
    for step in 0..<600 {
      cluster.step()
      if step % 20 == 0 { compareWithRebuilt(&cluster, seed) }
      guard cluster.check.violations.isEmpty else { break }
    }
    heal(&cluster)
    for _ in 0..<3000 {
      guard cluster.check.violations.isEmpty else { break }
      cluster.step()
    }
    #expect(cluster.check.violations == [], "seed \(seed)")
    guard cluster.check.violations.isEmpty else { return }
    expectConverged(&cluster, seed)
    expectAtRest(&cluster, seed)
    #expect(cluster.check.pullsSeen > 0)
  }

  private func heal(_ cluster: inout SimulatedCluster) {
    cluster.faulty = false
    cluster.unknown = []
    cluster.deliverDemands()
    for kind in SimulatedCluster.kinds { cluster.planner.markKnown(kind) }
    cluster.paused = false
    cluster.planner.pauseAll(false)
    cluster.comeBack()
    cluster.cutOff = []
    for (name, facts) in cluster.nodes {
      var facts = facts
      facts.ready = true
      facts.hasAgent = true
      cluster.nodes[name] = facts
      cluster.planner.upsert(facts)
      cluster.pods[name] = []
      cluster.containers[name] = []
    }
  }

  private func expectConverged(_ cluster: inout SimulatedCluster, _ seed: UInt64) {
    for (name, facts) in cluster.nodes {
      let wanted = PropertyCheck.wanted(on: facts, cluster.demands)
      let agent = cluster.agents[name]
      for (key, owners) in wanted where !facts.unschedulable && owners.contains(where: { !$0.paused }) {
        #expect(agent?.disk[key] != nil, "seed \(seed): \(key) is missing on \(name)")
      }
      for (key, owners) in wanted where !facts.unschedulable && owners.contains(where: { !$0.paused }) {
        expectFresh(key, owners, on: name, cluster, seed)
      }
      for (key, owned) in agent?.ledger ?? [:] where wanted[key] == nil && owned.retention == .delete {
        #expect(agent?.disk[key] == nil, "seed \(seed): \(key) is left on \(name)")
      }
    }
    for (id, demand) in cluster.demands {
      let status = cluster.planner.status(id)
      let names = cluster.nodes.values.filter { demand.selector.matches($0.labels) }.map(\.name)
      #expect(status?.nodes.desired == names.count, "seed \(seed)")
      #expect(status?.pairs.desired == names.count * demand.images.count, "seed \(seed)")
      let present = names.map { name in
        demand.images.count { image in
          // Also where a refresh failed on a node that can't be worked on any more, the disk has a copy.
          cluster.agents[name]?.disk[image.key] != nil
            && cluster.inventories[name]?.images[image.key]?.state == .present
        }
      }.reduce(0, +)
      #expect(status?.pairs.present == present, "seed \(seed): \(demand)")
    }
  }

  /// The copy is what the tag stood for at the time that it is to be as new as, or later; clocks differ a little.
  private func expectFresh(
    _ key: ImageKey, _ owners: [Demand], on name: String, _ cluster: SimulatedCluster, _ seed: UInt64
  ) {
    let asked = owners.filter { !$0.paused }.flatMap(\.images).filter { $0.key == key }.compactMap(\.freshAfter).max()
    guard let asked, let copy = cluster.agents[name]?.disk[key] else { return }
    let history = cluster.tags[key] ?? []
    guard let index = history.firstIndex(where: { $0.digest == copy.digest }) else {
      return #expect(
        copy.checkedAt.map { $0 >= asked } ?? false, "seed \(seed): \(key) on \(name) is of nobody knows when")
    }
    let until = index + 1 < history.count ? history[index + 1].since : nil
    #expect(
      until.map { $0 + .seconds(2 * SimulatedCluster.maxSkew) > asked } ?? true,
      "seed \(seed): \(key) on \(name) is older than \(asked)")
  }

  /// Nothing is written any more, and a planner that is built from the same objects wants to write nothing either.
  private func expectAtRest(_ cluster: inout SimulatedCluster, _ seed: UInt64) {
    let writes = cluster.specWrites
    for _ in 0..<300 { cluster.step() }
    #expect(cluster.specWrites == writes, "seed \(seed): writes at rest")
    let clock = cluster.clock
    var fresh = cluster.rebuilt(views: cluster.inventories.mapValues(\.observation), from: cluster.demands)
    fresh.begin(now: clock)
    for name in cluster.nodes.keys {
      #expect(cluster.planner.plan(name, now: clock).spec == nil, "seed \(seed): \(name)")
      #expect(fresh.plan(name, now: clock) == NodePlan(), "seed \(seed): \(name), rebuilt")
    }
    #expect(cluster.planner.wakeAt == nil, "seed \(seed): polls at rest")
    compareWithRebuilt(&cluster, seed)
  }

  /// Status and images must not depend on how the planner came to know.
  private func compareWithRebuilt(_ cluster: inout SimulatedCluster, _ seed: UInt64) {
    for name in cluster.inventories.keys { cluster.deliver(name) }
    var fresh = cluster.rebuilt(views: cluster.inventories.mapValues(\.observation), from: cluster.seenDemands)
    for id in cluster.seenDemands.keys {
      #expect(cluster.planner.status(id) == fresh.status(id), "seed \(seed): \(id)")
    }
    guard cluster.unknown.isEmpty else { return }
    fresh.begin(now: cluster.clock)
    var old = cluster.planner
    for name in cluster.nodes.keys {
      let left = old.plan(name, now: cluster.clock).spec ?? cluster.inventories[name]?.spec
      let right = fresh.plan(name, now: cluster.clock).spec ?? cluster.inventories[name]?.spec
      #expect(left?.images == right?.images, "seed \(seed): \(name)")
      #expect(left?.nodeUID == right?.nodeUID, "seed \(seed): \(name)")
    }
  }
}
