import Planning
import Testing

@Suite struct MergeTests {
  private func plan(_ demands: [Demand], _ key: ImageKey = Bench.a, hasJobs: Bool = false) -> ImagePlan? {
    var bench = Bench()
    if hasJobs { bench.planner.upsert(NodeFacts(name: "n1", uid: "uid-n1", labels: ["name": "n1"], hasJobs: true)) }
    bench.planner.set(budget: "x", limits: BudgetLimits())
    bench.planner.set(budget: "y", limits: BudgetLimits())
    for demand in demands { bench.planner.upsert(demand) }
    bench.begin()
    return bench.planner.plan("n1", now: bench.now).spec?.images[key]
  }

  @Test func pinIfAnyWantsIt() {
    #expect(plan([Bench.demand("p") { $0.pin = false }, Bench.demand("q") { $0.pin = true }])?.pin == true)
    #expect(plan([Bench.demand("p") { $0.pin = false }])?.pin == false)
  }

  @Test func retainIfAnySaysSo() {
    #expect(plan([Bench.demand("p") { $0.retention = .retain }, Bench.demand("q")])?.retention == .retain)
    #expect(plan([Bench.demand("p"), Bench.demand("q")])?.retention == .delete)
  }

  @Test(arguments: [
    ([ExecutorChoice.auto, .auto], ExecutorChoice.auto), ([.agent, .agent], .agent), ([.agent, .auto], .auto),
    ([.agent, .jobs], .jobs), ([.auto, .jobs], .jobs), ([.jobs, .auto, .agent], .jobs),
  ])
  func jobsIfAnySaysSoAndAgentsOnlyIfAllDo(choices: [ExecutorChoice], expected: ExecutorChoice) {
    let demands = choices.enumerated().map { index, choice in Bench.demand("d\(index)") { $0.executor = choice } }
    #expect(plan(demands, hasJobs: true)?.executor == expected)
  }

  @Test func withoutJobsTheAgentPullsWhatAnotherTakesFromIt() {
    let jobs = Bench.demand("p") { $0.executor = .jobs }
    #expect(plan([jobs, Bench.demand("q")])?.executor == .auto)
    #expect(plan([jobs])?.executor == .jobs)
  }

  @Test func aPausedDemandHasNoSayInWhoPulls() {
    let paused = Bench.demand("p") {
      $0.executor = .jobs; $0.paused = true
    }
    #expect(plan([paused, Bench.demand("q")])?.executor == .auto)
    #expect(plan([paused])?.executor == .jobs)
  }

  @Test func theFreshestCounts() {
    let times = [5, 9, 7].map { Instant(microseconds: $0) }
    let demands = times.enumerated().map { index, time in
      Bench.demand("d\(index)") { $0.images[0].freshAfter = time }
    }
    #expect(plan(demands + [Bench.demand("none")])?.freshAfter == times[1])
  }

  @Test(arguments: [
    // The higher priority, then the older, then the name; one that isn't paused before all.
    ([Bench.demand("p", priority: 1) { $0.budget = "x" }, Bench.demand("q", priority: 2) { $0.budget = "y" }], "y"),
    ([Bench.demand("p", age: 1) { $0.budget = "x" }, Bench.demand("q", age: 2) { $0.budget = "y" }], "y"),
    ([Bench.demand("q") { $0.budget = "x" }, Bench.demand("p") { $0.budget = "y" }], "y"),
    (
      [
        Bench.demand("p", priority: 3) {
          $0.budget = "x"; $0.paused = true
        },
        Bench.demand("q", priority: 2) { $0.budget = "y" },
      ], "y"
    ),
  ])
  func whoPays(_ demands: [Demand], _ budget: String) {
    #expect(plan(demands)?.budget == budget)
    #expect(plan(demands.reversed())?.budget == budget)
    #expect(plan(demands)?.priority == demands.filter { $0.budget == budget }.first?.priority)
  }

  @Test func heldOnlyWhileAllArePaused() {
    #expect(plan([Bench.demand("p") { $0.paused = true }, Bench.demand("q") { $0.paused = true }])?.hold == true)
    #expect(plan([Bench.demand("p") { $0.paused = true }, Bench.demand("q")])?.hold == false)
  }

  @Test func theHigherPrioritysPlatformWinsAndTheOtherIsTold() {
    var bench = Bench()
    let high = Bench.demand("high", priority: 1) { $0.images[0].platform = "linux/arm64" }
    let low = Bench.demand("low") { $0.images[0].platform = "linux/amd64" }
    bench.planner.upsert(high)
    bench.planner.upsert(low)
    bench.begin()
    #expect(bench.planner.plan("n1", now: bench.now).spec?.images[Bench.a]?.platform == "linux/arm64")
    let told = bench.planner.status(low.id)
    #expect(told?.conflicts == [PlatformConflict(image: Bench.a, winner: high.id, platform: "linux/arm64")])
    #expect(told?.reason == .platformConflict)
    #expect(bench.planner.status(high.id)?.conflicts == [])
  }

  @Test func theNodesOwnPlatformByNameIsNoConflict() {
    var bench = Bench(nodes: [])
    bench.planner.upsert(NodeFacts(name: "n1", uid: "u", os: "linux", architecture: "arm64"))
    let low = Bench.demand("low")
    bench.planner.upsert(Bench.demand("high", priority: 1) { $0.images[0].platform = "linux/arm64/v8" })
    bench.planner.upsert(low)
    bench.begin()
    #expect(bench.planner.status(low.id)?.conflicts == [])
  }

  @Test func aPlanIsBoundedAndWhatIsLeftOutIsToldAndKept() {
    let many = (0..<2005).map { ImageKey(normalized: "one.example/i\(10_000 + $0):v1") }
    var bench = Bench()
    bench.planner.upsert(Bench.demand("high", [Bench.a], priority: 1))
    let low = Bench.demand("low", many)
    bench.planner.upsert(low)
    bench.begin()
    let left = many[2004]
    bench.settle { _, inventory in
      inventory.images[left] = ObservedImage(state: .present, origin: .pulled, retention: .delete)
    }
    #expect(bench.spec()?.images.count == 2000)
    #expect(bench.spec()?.images[Bench.a] != nil)
    #expect(bench.spec()?.removals == [:])
    #expect(bench.planner.status(low.id)?.failures.first { $0.reason == "PlanTooLarge" }?.count == 6)
    #expect(bench.planner.status(low.id)?.reason == .planTooLarge)
  }
}
