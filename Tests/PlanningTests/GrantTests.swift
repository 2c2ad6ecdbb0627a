import Planning
import Testing

@Suite struct GrantTests {
  private let names = ["n1", "n2", "n3", "n4"]

  @Test func onlySoManyNodesPullAtOnceAndTheNextGetsAReleasedTurn() {
    var bench = Bench(nodes: names, limits: BudgetLimits(maxConcurrentNodes: 2))
    bench.planner.upsert(Bench.demand())
    bench.begin()
    bench.settle()
    #expect(bench.granted == ["n1", "n2"])
    #expect(bench.inventories.count == 4, "all nodes have a plan")
    bench.finish("n1")
    bench.settle()
    #expect(bench.granted == ["n2", "n3"])
    #expect(bench.spec("n1")?.grants.count == 1, "no write takes a released grant back")
  }

  @Test func aTurnIsFreeOnceItsGrantAndTheMarginHavePassed() {
    var bench = Bench(nodes: names, limits: BudgetLimits(maxConcurrentNodes: 1))
    bench.planner.upsert(Bench.demand())
    bench.begin()
    bench.settle()
    #expect(bench.granted == ["n1"])
    bench.planner.removeNode("n1")
    bench.now = bench.now + .seconds(129)
    bench.settle()
    #expect(bench.granted == [])
    #expect(bench.planner.wakeAt == bench.now + .seconds(1))
    bench.now = bench.now + .seconds(1)
    bench.settle()
    #expect(bench.granted == ["n2"])
  }

  @Test func aGrantIsRenewedAtHalfWhileWorkRemains() {
    var bench = Bench()
    bench.planner.upsert(Bench.demand())
    bench.begin()
    let start = bench.now
    bench.settle()
    let first = bench.grants()
    #expect(bench.planner.wakeAt == start + .seconds(60))
    bench.now = start + .seconds(59)
    bench.settle()
    #expect(bench.grants() == first)
    bench.now = start + .seconds(60)
    bench.settle()
    #expect(bench.grants().map(\.id) == first.map(\.id))
    #expect(bench.grants().first?.until == start + .seconds(180))
  }

  @Test func newImagesComeWithTheirGrant() {
    var bench = Bench()
    bench.planner.upsert(Bench.demand())
    bench.begin()
    bench.settle()
    bench.finish("n1")
    bench.settle()
    let generation = bench.inventories["n1"]?.generation
    bench.planner.upsert(Bench.demand("d", [Bench.a, Bench.b]))
    bench.settle()
    #expect(bench.grants().count == 1)
    #expect(bench.inventories["n1"]?.generation == generation.map { $0 + 1 })
  }

  @Test func sizesKnownFromOtherNodesAreHintsThatCauseNoWrite() {
    var bench = Bench(nodes: ["n1", "n2", "n3"], limits: BudgetLimits(maxConcurrentNodes: 2))
    bench.planner.upsert(Bench.demand())
    bench.begin()
    bench.settle()
    #expect(bench.granted.count == 2)
    let first = bench.granted[0]
    let waiting = ["n1", "n2", "n3"].first { !bench.granted.contains($0) } ?? ""
    let generation = bench.inventories[waiting]?.generation
    let copy = ObservedImage(state: .present, checkedAt: bench.now, sizeBytes: 77)
    bench.report(first) { $0.images[Bench.a] = copy }
    bench.settle()
    #expect(bench.inventories[waiting]?.generation == generation)
    bench.report(first) { $0.released = Set($0.spec.grants.map(\.id)) }
    bench.settle()
    #expect(bench.spec(waiting)?.grants.count == 1)
    #expect(bench.spec(waiting)?.images[Bench.a]?.sizeBytes == 77)
    let written = bench.inventories[waiting]?.generation
    bench.finish(waiting)
    bench.settle()
    #expect(bench.inventories[waiting]?.generation == written)
  }

  @Test(arguments: UnreachableNode.Reason.allCases.filter { $0 != .tainted && $0 != .runtimeNotReady })
  func aNodeThatCantBeWorkedOnGetsNoGrantAndKeepsItsPlan(what: UnreachableNode.Reason) {
    var bench = Bench()
    var facts = NodeFacts(name: "n1", uid: "uid-n1")
    bench.planner.upsert(Bench.demand())
    bench.begin()
    bench.settle()
    #expect(bench.grants().count == 1)
    switch what {
    case .deleting: facts.deleting = true
    case .cordoned: facts.unschedulable = true
    case .notReady: facts.ready = false
    case .diskPressure: facts.diskPressure = true
    default: facts.hasAgent = false
    }
    bench.planner.upsert(facts)
    bench.now = bench.now + .seconds(140)
    bench.settle()
    #expect(bench.grants() == [], "\(what)")
    #expect(bench.spec()?.images.keys.sorted() == [Bench.a])
    bench.planner.upsert(NodeFacts(name: "n1", uid: "uid-n1"))
    // Nothing came of the last grant, so the next one keeps a little away.
    bench.now = bench.now + .seconds(20)
    bench.settle()
    #expect(bench.grants().count == 1, "\(what), and back")
  }

  @Test func sharesOfARegistryAreHeldUntilTheGrantIsReleased() {
    var bench = Bench(nodes: ["n1", "n2"], limits: BudgetLimits(maxPullsPerNode: 3, maxPullsPerRegistry: 2))
    bench.planner.upsert(Bench.demand("d", [Bench.a, Bench.b, Bench.c]))
    bench.begin()
    bench.settle()
    #expect(bench.grants("n1").first?.registries == ["one.example": 2, "two.example": 1])
    #expect(bench.grants("n2").first?.registries == ["two.example": 1])
    #expect(bench.grants("n2").first?.pulls == 1)
  }

  @Test func pullsTogetherStayWithinTheBudget() {
    var bench = Bench(nodes: names, limits: BudgetLimits(maxConcurrentPulls: 3, maxPullsPerNode: 2))
    bench.planner.upsert(Bench.demand("d", [Bench.a, Bench.b]))
    bench.begin()
    bench.settle()
    #expect(names.map { bench.grants($0).first?.pulls } == [2, 1, nil, nil])
  }

  @Test func priorityGoesFirstThenWhoWaitedLongest() {
    var bench = Bench(nodes: names, limits: BudgetLimits(maxConcurrentNodes: 1))
    bench.planner.upsert(Bench.demand("low", [Bench.a]) { $0.selector = NodeSelector(labels: ["name": "n1"]) })
    bench.begin()
    bench.settle()
    for (name, priority) in [("n3", 0), ("n2", 0), ("n4", 5)] {
      bench.now = bench.now + .seconds(1)
      bench.planner.upsert(
        Bench.demand(name, [Bench.a], priority: Int32(priority)) { $0.selector = NodeSelector(labels: ["name": name]) })
      bench.settle()
    }
    var order: [String] = []
    for _ in 0..<4 {
      order += bench.granted
      for name in bench.granted { bench.finish(name) }
      bench.settle()
    }
    #expect(order == ["n1", "n4", "n3", "n2"])
  }

  @Test func aStreamOfImportantWorkDoesNotStarveTheRest() {
    let busy = (0..<30).map { "busy-\($0)" }
    var bench = Bench(nodes: busy + ["patient"], limits: BudgetLimits(maxConcurrentNodes: 1))
    let isPatient = NodeSelector(labels: ["name": "patient"])
    let isBusy = NodeSelector(expressions: [.notIn(key: "name", values: ["patient"])])
    bench.planner.upsert(Bench.demand("first", [Bench.c], priority: 9) { $0.selector = isBusy })
    bench.begin()
    bench.settle()
    bench.planner.upsert(Bench.demand("low", [Bench.a]) { $0.selector = isPatient })
    bench.settle()
    let holder = bench.granted
    for name in busy where !holder.contains(name) { bench.finish(name) }
    bench.settle()
    #expect(bench.granted == holder)
    bench.now = bench.now + .seconds(1)
    bench.planner.upsert(Bench.demand("high", [Bench.b], priority: 9) { $0.selector = isBusy })
    bench.settle()
    var turns = 0
    while bench.granted != ["patient"], turns < 20 {
      turns += 1
      for name in bench.granted { bench.finish(name) }
      bench.now = bench.now + .seconds(1)
      bench.settle()
    }
    #expect(turns < 10)
  }

  @Test func lowerLimitsHoldBackNewGrantsUntilEnoughHaveEnded() {
    var bench = Bench(nodes: names, limits: BudgetLimits(maxConcurrentNodes: 3))
    bench.planner.upsert(Bench.demand())
    bench.begin()
    bench.settle()
    bench.planner.set(budget: "default", limits: BudgetLimits(maxConcurrentNodes: 1))
    bench.finish("n3")
    bench.settle()
    #expect(bench.granted == ["n1", "n2"])
    bench.now = bench.now + .seconds(60)
    bench.settle()
    bench.now = bench.now + .seconds(61)
    bench.settle()
    #expect(bench.granted == ["n1"], "the younger one isn't renewed")
  }

  @Test func aLimitOfNothingStopsEverything() {
    var bench = Bench(limits: BudgetLimits(maxConcurrentNodes: 0))
    bench.planner.upsert(Bench.demand())
    bench.begin()
    bench.settle()
    #expect(bench.granted == [])
    #expect(bench.spec() != nil)
    #expect(bench.planner.wakeAt == nil)
  }

  @Test func nodesTakeTurnsAtTheStartInterval() {
    var bench = Bench(nodes: names, limits: BudgetLimits(maxConcurrentNodes: 3, minStartInterval: .seconds(5)))
    bench.planner.upsert(Bench.demand())
    bench.begin()
    bench.settle()
    let pacings = ["n1", "n2", "n3"].map { bench.grants($0).first?.pacing }
    #expect(pacings == [0, 5, 10].map { GrantPacing(every: .seconds(15), offset: .seconds($0)) })
    bench.finish("n2")
    bench.settle()
    #expect(bench.grants("n4").first?.pacing == GrantPacing(every: .seconds(15), offset: .seconds(5)))
  }

  @Test func anotherIntervalWaitsForTheOldRhythmToEnd() {
    var bench = Bench(nodes: ["n1", "n2"], limits: BudgetLimits(maxConcurrentNodes: 1, minStartInterval: .seconds(5)))
    bench.planner.upsert(Bench.demand())
    bench.begin()
    bench.settle()
    bench.planner.set(budget: "default", limits: BudgetLimits(maxConcurrentNodes: 5, minStartInterval: .seconds(7)))
    bench.settle()
    #expect(bench.granted == ["n1"])
    bench.finish("n1")
    bench.settle()
    #expect(bench.granted == [], "the new interval must pass once")
    #expect(bench.planner.wakeAt == bench.now + .seconds(7))
    bench.now = bench.now + .seconds(8)
    bench.settle()
    #expect(bench.grants("n2").first?.pacing?.every == .seconds(7))
  }

  @Test func backOffMakesThePlannerLookAgainThen() {
    var bench = Bench()
    bench.planner.upsert(Bench.demand())
    bench.begin()
    bench.settle()
    let retryAt = bench.now + .seconds(20)
    bench.report("n1") {
      $0.images[Bench.a] = ObservedImage(state: .failed, retryAt: retryAt, reason: "NotFound", attempts: 1)
      $0.released = Set($0.spec.grants.map(\.id))
    }
    bench.settle()
    #expect(bench.grants() == [])
    #expect(bench.planner.wakeAt == retryAt)
    bench.now = retryAt
    bench.settle()
    #expect(bench.grants().count == 1)
  }

  @Test func aGrantThatCameToNothingIsNotGivenAgainAtOnce() {
    var bench = Bench()
    bench.planner.upsert(Bench.demand())
    bench.begin()
    bench.settle { _, inventory in inventory.released = Set(inventory.spec.grants.map(\.id)) }
    #expect(bench.grants() == [])
    #expect(bench.planner.wakeAt == bench.now + .seconds(10))
  }

  @Test func aFailedWriteGivesTheTurnBackAndAnAmbiguousOneDoesNot() {
    for ambiguous in [false, true] {
      var bench = Bench(nodes: ["n1", "n2"], limits: BudgetLimits(maxConcurrentNodes: 1))
      bench.planner.upsert(Bench.demand())
      bench.begin()
      // Both know their images; n1 has the turn and isn't planned yet.
      bench.write("n1")
      bench.write("n2")
      let plan = bench.planner.plan("n1", now: bench.now)
      #expect(plan.spec?.grants.count == 1)
      _ = bench.planner.takeDirty(now: bench.now)
      bench.planner.failed("n1", ambiguous: ambiguous)
      bench.now = bench.now + .seconds(1)
      #expect(bench.planner.takeDirty(now: bench.now).nodes.contains("n2") == !ambiguous)
      let second = bench.planner.plan("n2", now: bench.now)
      #expect((second.spec?.grants.isEmpty ?? true) == ambiguous)
      if ambiguous {
        #expect(bench.planner.plan("n1", now: bench.now).spec == plan.spec, "the same again")
      }
    }
  }

  @Test func aNewLeaderCountsTheGrantsOfTheOldOne() {
    var bench = Bench(nodes: names, limits: BudgetLimits(maxConcurrentNodes: 2))
    bench.planner.upsert(Bench.demand())
    bench.begin()
    bench.settle()
    var second = Bench(nodes: names, limits: BudgetLimits(maxConcurrentNodes: 2))
    second.planner.upsert(Bench.demand())
    for (name, inventory) in bench.inventories.sorted(by: { $1.key < $0.key }) { second.see(name, inventory) }
    #expect(second.planner.plan("n3", now: second.now) == NodePlan(), "not before it has begun")
    second.begin()
    second.settle()
    #expect(second.granted == ["n1", "n2"])
    #expect(second.plans.values.allSatisfy { $0.spec == nil }, "nothing to write")
  }

  @Test func aReplacedNodeIsPlannedAfresh() {
    var bench = Bench()
    bench.planner.upsert(Bench.demand())
    bench.begin()
    bench.settle()
    bench.finish("n1")
    bench.settle()
    let id = Bench.demand().id
    #expect(bench.planner.status(id)?.pairs.present == 1)
    bench.planner.upsert(NodeFacts(name: "n1", uid: "other", labels: ["name": "n1"]))
    #expect(bench.planner.status(id)?.pairs.present == 0, "the old node's images don't count")
    bench.settle { _, inventory in inventory.images[Bench.a] = ObservedImage(state: .waiting) }
    #expect(bench.spec()?.nodeUID == "other")
    #expect(bench.grants().count == 1)
  }

  @Test func aMissingBudgetIsPaidByDefault() {
    var bench = Bench()
    bench.planner.upsert(Bench.demand { $0.budget = "mine" })
    bench.begin()
    bench.settle()
    #expect(bench.spec()?.images[Bench.a]?.budget == "default")
    #expect(bench.planner.status(Bench.demand().id)?.budgetMissing == true)
    bench.planner.set(budget: "mine", limits: BudgetLimits())
    bench.settle()
    #expect(bench.spec()?.images[Bench.a]?.budget == "mine")
    #expect(bench.grants().map(\.budget).contains("mine"))
  }
}
