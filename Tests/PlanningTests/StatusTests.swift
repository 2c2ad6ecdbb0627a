import Planning
import Testing

@Suite struct StatusTests {
  private let id = Bench.demand().id

  private func bench(_ count: Int = 3, _ images: [ImageKey] = [Bench.a, Bench.b]) -> Bench {
    var bench = Bench(nodes: (0..<count).map { "n\($0)" })
    bench.planner.upsert(Bench.demand("d", images))
    bench.begin()
    bench.settle()
    return bench
  }

  @Test func countsFollowTheNodes() {
    var bench = bench()
    #expect(bench.planner.status(id)?.pairs.waiting == 6)
    bench.finish("n0")
    bench.report("n1") {
      $0.images[Bench.a] = ObservedImage(state: .present, origin: .found)
      $0.images[Bench.b] = ObservedImage(state: .pulling, transferredBytes: 5, totalBytes: 9)
    }
    bench.report("n2") {
      $0.images[Bench.a] = ObservedImage(state: .present)
      $0.images[Bench.b] = ObservedImage(state: .failed, reason: "NotFound", message: "no such image")
    }
    let status = bench.planner.status(id)
    var pairs = PairTally()
    (pairs.desired, pairs.present, pairs.pulling, pairs.failed) = (6, 4, 1, 1)
    #expect(status?.pairs == pairs)
    #expect(status?.nodes.desired == 3)
    #expect(status?.nodes.ready == 1)
    #expect(status?.images.desired == 2)
    #expect(status?.images.ready == 1)
    #expect(status?.transferredBytes == 5)
    #expect(status?.totalBytes == 9)
    #expect(
      status?.failures
        == [FailureGroup(reason: "NotFound", count: 1, image: Bench.b, node: "n2", message: "no such image")])
    #expect(status?.verdict == .degraded)
    #expect(bench.planner.nodes(of: [id]) == status?.nodes)
    bench.finish("n1")
    bench.finish("n2")
    #expect(bench.planner.status(id)?.verdict == .ready)
    #expect(bench.planner.status(id)?.images.ready == 2)
    #expect(bench.planner.status(id)?.failures == [])
  }

  /// Else nobody would see what is wrong, where an attempt takes long to fail and is soon followed by the next.
  @Test(arguments: [(1, nil, false), (2, nil, true), (9, 0, true), (9, 5, false)] as [(Int, Int64?, Bool)])
  func whatFailsAgainAndAgainHasFailedWhileItIsTriedAgain(attempts: Int, bytes: Int64?, hasFailed: Bool) {
    var bench = bench()
    for name in ["n0", "n1", "n2"] { bench.finish(name) }
    bench.report("n0") {
      $0.images[Bench.b] = ObservedImage(
        state: .pulling, reason: "NoPod", message: "no pod", attempts: attempts, transferredBytes: bytes)
    }
    let status = bench.planner.status(id)
    #expect(status?.pairs.failed == (hasFailed ? 1 : 0) && status?.pairs.pulling == (hasFailed ? 0 : 1))
    #expect(status?.failures.map(\.reason) == (hasFailed ? ["NoPod"] : []))
    #expect(status?.verdict == (hasFailed ? .degraded : .progressing))
  }

  @Test func anUnreachableNodeDoesNotKeepASetFromItsVerdictAndItsImagesCount() {
    var bench = bench()
    for name in ["n0", "n1", "n2"] { bench.finish(name) }
    bench.planner.upsert(NodeFacts(name: "n1", uid: "uid-n1", labels: ["name": "n1"], ready: false))
    bench.planner.upsert(NodeFacts(name: "n2", uid: "uid-n2", labels: ["name": "n2"], unschedulable: true))
    bench.report("n2") { $0.images = [:] }
    let status = bench.planner.status(id)
    #expect(status?.pairs.present == 4)
    #expect(status?.nodes.unreachable == 2)
    #expect(status?.nodes.ready == 1)
    #expect(
      status?.unreachable == [UnreachableNode(name: "n1", reason: .notReady), .init(name: "n2", reason: .cordoned)])
    #expect(status?.verdict == .ready)
  }

  @Test func examplesAreBoundedAndTheSameEveryTime() {
    var bench = bench(30, (0..<20).map { ImageKey(normalized: "one.example/i\($0):v1") })
    for index in 0..<20 {
      bench.report("n\(index)") { inventory in
        for (number, key) in inventory.images.keys.sorted().enumerated() {
          inventory.images[key] = ObservedImage(state: .failed, reason: "Reason\(number % 15)")
        }
      }
    }
    for index in 20..<30 { bench.planner.upsert(NodeFacts(name: "n\(index)", uid: "uid-n\(index)", hasAgent: false)) }
    let status = bench.planner.status(id)
    #expect(status?.failures.count == 10)
    #expect(status?.failures.first?.count == 40)
    #expect(status?.failures.first?.node == "n0")
    #expect(status?.unreachable.map(\.name) == ["n20", "n21", "n22", "n23", "n24"])
    #expect(status?.unreachable.first?.reason == .noAgent)
  }

  @Test func verdictsWithoutWork() {
    var bench = bench(0)
    #expect(bench.planner.status(id)?.reason == .noMatchingNodes)
    #expect(bench.planner.status(id)?.verdict == .progressing)
    bench.planner.upsert(NodeFacts(name: "n", uid: "u", hasAgent: false))
    #expect(bench.planner.status(id)?.reason == .noReachableNodes)
    bench.planner.upsert(Bench.demand("d", []))
    #expect(bench.planner.status(id)?.reason == .noImages)
    bench.planner.upsert(NodeFacts(name: "n", uid: "u"))
    bench.planner.upsert(Bench.demand { $0.paused = true })
    #expect(bench.planner.status(id)?.reason == .paused)
    bench.planner.removeDemand(id)
    #expect(bench.planner.status(id) == nil)
  }

  @Test func anOldCopyIsReadyUnlessThePolicyIsAlways() {
    var bench = Bench()
    let created = bench.now - .seconds(500)
    for always in [false, true] {
      let freshness = Freshness(
        always: always, createdAt: created, refreshInterval: .seconds(200), now: bench.now)
      #expect(freshness.freshAfter == created + .seconds(400))
      #expect(freshness.nextEpoch == created + .seconds(600))
      bench.planner.upsert(
        Bench.demand { $0.images = [DemandedImage(ResolvedImage(key: Bench.a), freshness: freshness)] })
      bench.begin()
      bench.settle { _, inventory in
        inventory.images[Bench.a] = ObservedImage(
          state: .present, reason: "Stale", checkedAt: created - .seconds(1))
      }
      #expect(bench.planner.status(id)?.verdict == (always ? .progressing : .ready))
      #expect(bench.grants().count == 1, "it is pulled again all the same")
    }
  }

  @Test(
    arguments: [(-5, nil, 0), (0, nil, 100), (99, nil, 100), (100, 100, 200), (350, 300, 400)]
      as [(Int64, Int64?, Int64)])
  func epochsOfARefresh(age: Int64, fresh: Int64?, next: Int64) {
    let created = Instant(microseconds: 1_000_000)
    let at = { (seconds: Int64) in created + .seconds(seconds) }
    let freshness = Freshness(
      always: false, createdAt: created, refreshInterval: .seconds(100), now: at(age))
    #expect(freshness.freshAfter == fresh.map(at))
    #expect(freshness.nextEpoch == (age < 0 ? at(100) : at(next)))
    let always = Freshness(always: true, createdAt: created, now: at(age))
    #expect(always.freshAfter == created)
    #expect(always.nextEpoch == nil)
  }

  @Test func aReplacedDemandOfTheSameNameTakesTheOldOnesPlace() {
    var bench = bench(1)
    let new = Demand(
      id: DemandID(kind: "Set", name: "d", uid: "other"), images: [DemandedImage(ResolvedImage(key: Bench.c))],
      createdAt: bench.now)
    bench.planner.upsert(new)
    bench.settle()
    #expect(bench.spec("n0")?.images.keys.sorted() == [Bench.c])
    #expect(bench.planner.status(id) == nil)
  }

  @Test func onlyWhatChangedIsDirty() {
    var bench = bench(5)
    bench.settle()
    #expect(bench.planner.takeDirty(now: bench.now).isEmpty)
    bench.planner.upsert(
      Bench.demand("other", [Bench.c]) { $0.selector = NodeSelector(labels: ["name": "n3"]) })
    let dirty = bench.planner.takeDirty(now: bench.now)
    #expect(dirty.nodes == ["n3"])
    #expect(dirty.demands == [DemandID(kind: "Set", name: "other", uid: "uid-other")])
    bench.planner.upsert(Bench.demand("d", [Bench.a, Bench.b]))
    #expect(bench.planner.takeDirty(now: bench.now).isEmpty, "the same again")
  }
}
