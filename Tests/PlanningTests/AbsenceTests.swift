import Planning
import Testing

/// Demands that want images to go.
@Suite struct AbsenceTests {
  private func bench(_ seen: ObservedImage?, planned: Bool = true) -> Bench {
    var bench = Bench()
    var spec = InventorySpec(nodeUID: "uid-n1")
    if planned { spec.images[Bench.a] = ImagePlan() }
    bench.see(
      "n1",
      NodeObservation(
        inventoryUID: "inventory-n1", generation: 1, observedGeneration: 1, nodeUID: "uid-n1", spec: spec,
        images: seen.map { [Bench.a: $0] } ?? [:], runtimeReady: true))
    return bench
  }

  private func absent(_ scope: Demand.Intent.Scope, name: String = "d") -> Demand {
    Bench.demand(name) { $0.intent = .absent(scope) }
  }

  private func present(_ origin: ObservedImage.Origin) -> ObservedImage {
    ObservedImage(state: .present, origin: origin, retention: .delete)
  }

  private func status(_ bench: inout Bench, _ name: String = "d") -> DemandStatus? {
    bench.planner.status(Bench.demand(name).id)
  }

  @Test(arguments: [Demand.Intent.Scope.ours, .everything])
  func whatIsOursGoes(scope: Demand.Intent.Scope) {
    var bench = bench(present(.pulled))
    bench.planner.upsert(absent(scope))
    bench.begin()
    bench.settle()
    #expect(bench.spec()?.images.isEmpty == true)
    #expect(bench.spec()?.removals.count == 1)
    #expect(status(&bench)?.reason == .removing)
    bench.report("n1") { $0.images = [:] }
    bench.settle()
    #expect(status(&bench)?.reason == .allGone)
    #expect(status(&bench)?.pairs.present == 1)
    #expect(bench.planner.takeDirty(now: bench.now).nodes == [], "and then there is nothing more to do")
  }

  @Test func whatWasFoundStaysUnlessEverythingIsToGo() {
    var bench = bench(present(.found))
    bench.planner.upsert(absent(.ours))
    bench.begin()
    bench.settle()
    #expect(bench.spec()?.removals.isEmpty == true)
    #expect(status(&bench)?.reason == .allGone, "as far as it goes")
  }

  @Test func whatWasFoundIsTakenOverFirst() {
    var bench = bench(present(.found))
    bench.planner.upsert(absent(.everything))
    bench.begin()
    bench.settle()
    #expect(bench.spec()?.images[Bench.a]?.adopt == true)
    #expect(bench.spec()?.images[Bench.a]?.hold == true)
    #expect(bench.spec()?.removals.isEmpty == true)
    #expect(status(&bench)?.reason == .removing)
    bench.report("n1") { $0.images[Bench.a]?.origin = .adopted }
    bench.settle()
    #expect(bench.spec()?.images.isEmpty == true)
    #expect(bench.spec()?.removals.count == 1)
    bench.report("n1") { $0.images = [:] }
    bench.settle()
    #expect(status(&bench)?.reason == .allGone)
  }

  /// Nobody has ever asked the agent about the image: it is asked once.
  @Test func whatWasNeverPlannedIsLookedForOnce() {
    var bench = bench(nil, planned: false)
    bench.planner.upsert(absent(.everything))
    bench.begin()
    #expect(status(&bench)?.reason == .removing, "that it isn't there isn't known yet")
    bench.settle()
    #expect(bench.spec()?.images.isEmpty == true, "it wasn't there")
    #expect(bench.inventories["n1"]?.generation == 3, "asked, and no longer asked")
    #expect(status(&bench)?.reason == .allGone)
  }

  @Test func whatAnotherWantsStays() {
    var bench = bench(present(.pulled))
    bench.planner.upsert(absent(.everything))
    bench.planner.upsert(Bench.demand("other"))
    bench.begin()
    bench.settle()
    #expect(bench.spec()?.images[Bench.a]?.adopt == false)
    #expect(bench.spec()?.removals.isEmpty == true)
    let status = status(&bench)
    #expect(status?.reason == .allGone)
    #expect(
      status?.failing == [
        FailingPair(image: Bench.a, node: "n1", reason: "WantedByOthers", message: "Set other wants it")
      ])
  }

  @Test func whatAPodUsesStays() {
    var bench = bench(present(.pulled))
    bench.planner.upsert(absent(.everything))
    bench.begin()
    bench.settle(pods: [Bench.a])
    #expect(bench.spec()?.removals.isEmpty == true)
    #expect(status(&bench)?.reason == .allGone)
    #expect(status(&bench)?.failing.first?.reason == "InUse")
  }

  @Test func whatAContainerUsesStays() {
    var bench = bench(present(.pulled))
    bench.planner.upsert(absent(.everything))
    bench.begin()
    bench.settle()
    bench.report("n1") { $0.images[Bench.a]?.reason = "InUse" }
    #expect(status(&bench)?.reason == .allGone)
    #expect(status(&bench)?.pairs.failed == 1)
  }

  @Test func aNodeThatIsDownKeepsNobodyWaiting() {
    var bench = Bench(nodes: ["n1", "n2"])
    bench.planner.upsert(Bench.demand())
    bench.begin()
    bench.settle()
    bench.finish("n1")
    bench.finish("n2")
    bench.settle()
    bench.planner.upsert(NodeFacts(name: "n2", uid: "uid-n2", labels: ["name": "n2"], ready: false))
    bench.planner.upsert(absent(.everything))
    bench.settle()
    bench.report("n1") { $0.images = [:] }
    bench.settle()
    let status = status(&bench)
    #expect(status?.reason == .allGone)
    #expect(status?.unreachable == [UnreachableNode(name: "n2", reason: .notReady)])
  }

  @Test func nothingGoesWhileAKindIsUnknown() {
    var bench = bench(present(.found))
    bench.planner.upsert(absent(.everything))
    bench.begin()
    bench.planner.markUnknown("Set")
    bench.settle()
    #expect(bench.spec()?.images[Bench.a]?.adopt == false, "nor is anything taken over")
    #expect(bench.spec()?.removals.isEmpty == true)
  }

  @Test func wantingItAgainEndsIt() {
    var bench = bench(present(.found))
    bench.planner.upsert(absent(.everything))
    bench.begin()
    bench.settle()
    bench.report("n1") { $0.images[Bench.a]?.origin = .adopted }
    bench.planner.upsert(Bench.demand())
    bench.settle()
    #expect(bench.spec()?.images[Bench.a] == ImagePlan())
    #expect(bench.spec()?.removals.isEmpty == true)
    #expect(status(&bench)?.reason == .allPresent)
  }
}
