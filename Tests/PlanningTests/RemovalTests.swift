import Planning
import Testing

@Suite struct RemovalTests {
  private func bench(
    nodes: [String] = ["n1"], known: Bool = true, origin: ObservedImage.Origin = .pulled,
    retention: RetentionRule = .delete
  ) -> Bench {
    var bench = Bench(nodes: nodes, known: known)
    for name in nodes {
      let spec = InventorySpec(nodeUID: "uid-\(name)")
      bench.see(
        name,
        NodeObservation(
          inventoryUID: "inventory-\(name)", generation: 1, observedGeneration: 1, nodeUID: "uid-\(name)", spec: spec,
          images: [Bench.a: ObservedImage(state: .present, origin: origin, retention: retention)], runtimeReady: true))
    }
    bench.begin()
    return bench
  }

  @Test func whatNobodyWantsGoesAfterALookAtThePods() {
    var bench = bench()
    let before = bench.planner.plan("n1", now: bench.now)
    #expect(before.needsPodCheck)
    #expect(before.spec == nil)
    #expect(bench.planner.wakeAt == bench.now + .seconds(30), "should the answer never come")
    bench.write("n1")
    #expect(bench.spec()?.removals == [Bench.a: bench.now + .seconds(120)])
    bench.report("n1") { $0.images = [:] }
    bench.settle()
    #expect(bench.plans["n1"]?.spec == nil, "a permit that is used up goes with the next write")
    #expect(bench.planner.takeDirty(now: bench.now).nodes == [])
  }

  @Test(arguments: [
    (ObservedImage.Origin.found, RetentionRule.delete), (.pulled, .retain), (.adopted, .retain),
  ])
  func whatIsNotOursOrRetainedStays(origin: ObservedImage.Origin, retention: RetentionRule) {
    var bench = bench(origin: origin, retention: retention)
    bench.settle()
    #expect(bench.spec()?.removals == [:])
  }

  @Test func nothingGoesWhileAKindIsUnknown() {
    var bench = bench(known: false)
    bench.settle()
    #expect(bench.spec()?.removals == [:])
    bench.planner.markKnown("Set")
    bench.settle()
    #expect(bench.spec()?.removals.count == 1)
    bench.planner.markUnknown("Set")
    bench.settle()
    #expect(bench.spec()?.removals == [:], "permits are taken back")
  }

  @Test func thePlanOfAnUnknownKindIsKept() {
    var bench = Bench(known: false)
    var spec = InventorySpec(nodeUID: "uid-n1")
    spec.images[Bench.a] = ImagePlan(priority: 7)
    bench.see("n1", NodeObservation(inventoryUID: "i", generation: 1, spec: spec))
    bench.planner.upsert(Bench.demand("other", [Bench.b]))
    bench.begin()
    bench.settle()
    #expect(bench.spec()?.images[Bench.a]?.priority == 7)
    #expect(bench.spec()?.images[Bench.b] != nil)
    bench.planner.markKnown("Set")
    bench.settle()
    #expect(bench.spec()?.images.keys.sorted() == [Bench.b])
  }

  @Test func nothingGoesWhilePaused() {
    var bench = bench()
    bench.planner.pauseAll(true)
    bench.settle()
    #expect(bench.spec()?.removals == [:])
    #expect(bench.spec()?.paused == true)
  }

  @Test func aPausedDemandKeepsItsImages() {
    var bench = bench()
    bench.planner.upsert(Bench.demand { $0.paused = true })
    bench.settle()
    #expect(bench.spec()?.removals == [:])
    #expect(bench.spec()?.images[Bench.a]?.hold == true)
  }

  @Test func whatPodsUseIsLookedAtAgainLater() {
    var bench = bench()
    var waits: [Int64] = []
    for _ in 0..<6 {
      bench.settle(pods: [Bench.a])
      #expect(bench.spec()?.removals == [:])
      guard let next = bench.planner.wakeAt else { break }
      waits.append((next - bench.now).components.seconds)
      bench.now = next
    }
    #expect(waits == [60, 120, 240, 480, 600, 600])
    bench.settle()
    #expect(bench.spec()?.removals.count == 1)
  }

  @Test func whatTheAgentFindsInUseWaitsForItsRetryTime() {
    var bench = bench()
    bench.settle()
    let retryAt = bench.now + .seconds(60)
    bench.report("n1") {
      $0.images[Bench.a]?.reason = ObservedImage.inUseReason
      $0.images[Bench.a]?.retryAt = retryAt
      $0.images[Bench.a]?.attempts = 1
    }
    bench.settle()
    #expect(bench.spec()?.removals == [:])
    bench.now = retryAt
    bench.settle()
    #expect(bench.spec()?.removals == [Bench.a: retryAt + .seconds(120)])
  }

  @Test func whatIsWantedAgainIsNoLongerToGo() {
    var bench = bench()
    bench.settle()
    bench.planner.upsert(Bench.demand())
    bench.settle()
    #expect(bench.spec()?.removals == [:])
    #expect(bench.spec()?.images[Bench.a] != nil)
  }

  @Test func onlyTenNodesRemoveAtOnce() {
    let names = (10..<35).map { "n\($0)" }
    var bench = bench(nodes: names)
    bench.settle()
    func removing() -> [String] {
      names.filter { bench.spec($0)?.removals.isEmpty == false && bench.inventories[$0]?.images.isEmpty == false }
    }
    #expect(removing() == Array(names.prefix(10)))
    bench.report("n12") { $0.images = [:] }
    bench.settle()
    #expect(removing().count == 10)
    #expect(removing().contains("n20"))
    // The others don't answer: their permits run out.
    bench.now = bench.now + .seconds(131)
    bench.settle()
    #expect(removing().contains("n30"))
  }

  @Test func permitsOfOneNodeAreBoundedAndTheRestFollows() {
    var bench = bench()
    bench.report("n1") { inventory in
      for number in 0..<300 {
        inventory.images[ImageKey(normalized: "one.example/i\(number):v1")] = inventory.images[Bench.a]
      }
    }
    bench.settle()
    #expect(bench.spec()?.removals.count == 200)
    let permitted = bench.spec()?.removals ?? [:]
    bench.report("n1") { for key in permitted.keys { $0.images[key] = nil } }
    bench.settle()
    #expect(bench.spec()?.removals.count == 101)
  }

  @Test func anAgentThatHasNotAnsweredRemovesNothing() {
    var bench = bench()
    bench.report("n1") { $0.generation = 2 }
    bench.settle()
    #expect(bench.spec()?.removals == [:])
  }

  @Test func imagesOfAReplacedNodeAreNotJudged() {
    var bench = bench()
    bench.planner.upsert(NodeFacts(name: "n1", uid: "other"))
    let plan = bench.planner.plan("n1", now: bench.now)
    #expect(!plan.needsPodCheck)
    #expect(plan.spec?.nodeUID == "other")
  }
}
