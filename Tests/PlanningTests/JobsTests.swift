import Planning
import Testing

/// Jobs beside an agent: who pulls what, and whose turn it is.
@Suite struct JobsTests {
  private static let secret = PullSecret(namespace: "team", name: "login")

  private func bench(_ demands: [Demand], limits: BudgetLimits? = nil) -> Bench {
    var bench = Bench(limits: limits)
    bench.planner.upsert(facts)
    for demand in demands { bench.planner.upsert(demand) }
    bench.begin()
    bench.settle()
    return bench
  }

  private var facts: NodeFacts { NodeFacts(name: "n1", uid: "uid-n1", labels: ["name": "n1"], hasJobs: true) }

  private let jobs = Bench.demand("jobs", [Bench.a]) { $0.executor = .jobs }
  private let agent = Bench.demand("agent", [Bench.b]) { $0.executor = .agent }

  @Test func agentAndJobsTakeTurns() {
    var bench = bench([jobs, agent])
    var seen: [Bool] = []
    for _ in 0..<4 {
      seen += bench.grants().map(\.isForJobs)
      bench.report("n1") { inventory in
        inventory.released = Set(inventory.spec.grants.map(\.id))
        // Something came of it, so the next turn doesn't wait.
        for key in inventory.images.keys { inventory.images[key]?.attempts += 1 }
      }
      bench.settle()
    }
    #expect(seen == [false, true, false, true])
  }

  @Test func theMoreImportantGoesFirst() {
    var important = agent
    important.priority = 5
    #expect(bench([jobs, important]).grants().map(\.isForJobs) == [false])
    important = jobs
    important.priority = 5
    #expect(bench([important, agent]).grants().map(\.isForJobs) == [true])
  }

  /// A turn of which nothing comes holds up its own kind only.
  @Test func aFruitlessTurnOfOneIsNoneOfTheOther() {
    var bench = bench([jobs, agent])
    let first = bench.grants().map(\.isForJobs)
    bench.report("n1") { $0.released = Set($0.spec.grants.map(\.id)) }
    bench.settle()
    #expect(first == [false] && bench.grants().map(\.isForJobs) == [true])
    bench.report("n1") { $0.released = Set($0.spec.grants.map(\.id)) }
    bench.settle()
    #expect(bench.grants().isEmpty)
    bench.now = bench.now + .seconds(11)
    bench.settle()
    #expect(bench.grants().count == 1)
  }

  @Test func whatIsSaidOfJobsIsCarriedAlong() {
    var bench = bench([jobs])
    let entry = JobsAccount.Entry(state: .failed, attempts: 2, reason: "NotFound")
    bench.report("n1") { inventory in
      inventory.spec.jobs = JobsAccount(images: [Bench.a: entry], released: Set(inventory.spec.grants.map(\.id)))
      inventory.released = inventory.spec.jobs.released
      inventory.generation += 1
      inventory.observedGeneration = inventory.generation
    }
    bench.settle()
    #expect(bench.spec()?.jobs.images == [Bench.a: entry])
    // Nothing is to be said any more of what nobody leaves to Jobs.
    bench.planner.upsert(Bench.demand("jobs", [Bench.a]) { $0.executor = .auto })
    bench.settle()
    #expect(bench.spec()?.jobs == JobsAccount())
  }

  private func unreadable(_ change: (inout Demand) -> Void = { _ in }) -> Bench {
    let demand = Bench.demand("private", [Bench.a]) {
      $0.pullSecrets = [Self.secret]
      change(&$0)
    }
    var bench = bench([demand])
    let retryAt = bench.now + .seconds(300)
    bench.report("n1") { inventory in
      inventory.images[Bench.a] = ObservedImage(
        state: .failed, retryAt: retryAt, reason: "SecretUnreadable", attempts: 1)
      inventory.released = Set(inventory.spec.grants.map(\.id))
    }
    return bench
  }

  @Test func whatOnlyTheKubeletHasALoginForIsLeftToJobs() {
    var bench = unreadable()
    bench.settle { _, inventory in inventory.images[Bench.a] = ObservedImage(state: .waiting) }
    #expect(bench.spec()?.images[Bench.a]?.executor == .jobs)
    #expect(bench.grants().map(\.isForJobs) == [true], "at once, whatever the agent would wait for")
    // It stays so: the agent needn't fail again first.
    bench.finish("n1")
    bench.settle()
    #expect(bench.spec()?.images[Bench.a]?.executor == .jobs)
    // An agent that is away for a moment changes nothing.
    var away = facts
    away.hasAgent = false
    away.hasJobs = false
    bench.planner.upsert(away)
    #expect(bench.planner.plan("n1", now: bench.now).spec == nil)
    bench.planner.upsert(facts)
    // Without secrets there is nothing that only the kubelet has.
    bench.planner.upsert(Bench.demand("private", [Bench.a]))
    bench.settle()
    #expect(bench.spec()?.images[Bench.a]?.executor == .auto)
  }

  @Test func whoWantsAgentsOnlyKeepsTheFailure() {
    var bench = unreadable { $0.executor = .agent }
    bench.settle()
    #expect(bench.spec()?.images[Bench.a]?.executor == .agent)
    #expect(bench.planner.status(DemandID(kind: "Set", name: "private", uid: "uid-private"))?.pairs.failed == 1)
  }

  @Test func whereThereAreNoJobsTheFailureStays() {
    var bench = unreadable()
    var facts = facts
    facts.hasJobs = false
    bench.planner.upsert(facts)
    bench.settle()
    #expect(bench.spec()?.images[Bench.a]?.executor == .auto)
    #expect(bench.grants().isEmpty)
  }
}
