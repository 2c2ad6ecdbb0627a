import Planning
import Testing

@Suite struct ScaleTests {
  /// The cost must grow with what changes. The bound is far from what it takes, and close to what a recount of
  /// everything for every node would take.
  @Test(.timeLimit(.minutes(3))) func manyNodes() {
    let names = (0..<1500).map { "node-\($0)" }
    var bench = Bench(nodes: names, limits: BudgetLimits(maxConcurrentNodes: 20))
    let demand = Bench.demand("d", (0..<20).map { ImageKey(normalized: "one.example/image-\($0):v1") })
    bench.planner.upsert(demand)
    bench.begin()
    bench.settle()
    var rounds = 0
    while !bench.granted.isEmpty, rounds < 200 {
      rounds += 1
      for name in bench.granted { bench.finish(name) }
      bench.settle()
    }
    #expect(rounds == names.count / 20)
    #expect(bench.planner.status(demand.id)?.verdict == .ready)
    #expect(bench.planner.wakeAt == nil || bench.planner.takeDirty(now: bench.now).isEmpty)
  }
}
