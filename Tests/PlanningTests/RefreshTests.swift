import Planning
import Testing

/// One node finds out what a tag stands for, and the others pull only where that is something else.
@Suite struct RefreshTests {
  private static let names = ["n1", "n2", "n3"]

  /// Three nodes with a copy each, and then a refresh that is due.
  private func bench(digests: [String?] = ["sha256:a", "sha256:a", "sha256:a"], always: Bool = false) -> Bench {
    var bench = Bench(nodes: Self.names)
    bench.planner.upsert(Bench.demand())
    bench.begin()
    bench.settle()
    for (name, digest) in zip(Self.names, digests) {
      bench.finish(name)
      bench.report(name) { $0.images[Bench.a]?.digest = digest }
    }
    bench.settle()
    bench.now = bench.now + .seconds(100)
    let due = bench.now
    bench.planner.upsert(
      Bench.demand {
        $0.images = [DemandedImage(ResolvedImage(key: Bench.a), freshAfter: due, readyAfter: always ? due : nil)]
      })
    bench.settle()
    return bench
  }

  private func told(_ bench: Bench) -> [String] {
    Self.names.filter { bench.spec($0)?.images[Bench.a]?.freshAfter != nil }
  }

  private func compared(_ bench: inout Bench, _ name: String, digest: String?) {
    bench.now = bench.now + .seconds(1)
    let checked = bench.now
    bench.report(name) {
      $0.images[Bench.a]?.checkedAt = checked
      $0.images[Bench.a]?.digest = digest
      $0.released = Set($0.spec.grants.map(\.id))
    }
    bench.settle()
  }

  private func verdict(_ bench: inout Bench) -> DemandStatus.Verdict? {
    bench.planner.status(Bench.demand().id)?.verdict
  }

  @Test func aTagThatHasNotMovedCostsOneNode() {
    var bench = bench()
    #expect(told(bench) == ["n1"])
    #expect(bench.granted == ["n1"])
    let writes = Self.names.map { bench.inventories[$0]?.generation }
    compared(&bench, "n1", digest: "sha256:a")
    #expect(told(bench) == ["n1"])
    #expect(bench.granted.isEmpty)
    #expect(Self.names.map { bench.inventories[$0]?.generation } == writes, "and nothing is written any more")
  }

  @Test func aTagThatMovedIsPulledEverywhere() {
    var bench = bench()
    compared(&bench, "n1", digest: "sha256:b")
    #expect(told(bench) == Self.names)
    compared(&bench, "n2", digest: "sha256:b")
    compared(&bench, "n3", digest: "sha256:b")
    #expect(bench.granted.isEmpty)
  }

  @Test func onlyNodesWithSomethingElsePull() {
    var bench = bench(digests: ["sha256:a", "sha256:old", "sha256:a"])
    compared(&bench, "n1", digest: "sha256:a")
    #expect(told(bench) == ["n1", "n2"])
  }

  @Test func whatIsAskedForCountsOnceItIsKnown() {
    var bench = bench(always: true)
    #expect(verdict(&bench) == .progressing)
    compared(&bench, "n1", digest: "sha256:a")
    #expect(verdict(&bench) == .ready, "for the others, too")
  }

  @Test func withoutDigestsOneAfterTheOtherPulls() {
    var bench = bench(digests: [nil, nil, nil])
    compared(&bench, "n1", digest: nil)
    #expect(told(bench) == ["n1", "n2"])
    compared(&bench, "n2", digest: nil)
    #expect(told(bench) == Self.names)
  }

  @Test func aNodeThatFailsIsNotWaitedFor() {
    var bench = bench()
    let retry = bench.now + .seconds(60)
    bench.report("n1") {
      $0.images[Bench.a]?.attempts = 1
      $0.images[Bench.a]?.retryAt = retry
      $0.released = Set($0.spec.grants.map(\.id))
    }
    bench.settle()
    #expect(told(bench) == ["n1", "n2"])
    compared(&bench, "n2", digest: "sha256:a")
    #expect(told(bench) == ["n1", "n2"], "and then nobody need try")
    #expect(bench.granted.isEmpty)
  }

  @Test func aNodeThatGoesIsNotWaitedFor() {
    var bench = bench()
    bench.planner.upsert(NodeFacts(name: "n1", uid: "uid-n1", labels: ["name": "n1"], ready: false))
    bench.settle()
    #expect(bench.spec("n2")?.images[Bench.a]?.freshAfter != nil)
  }

  @Test func anotherPlatformTellsNothing() {
    var bench = bench()
    let due = bench.now
    bench.planner.upsert(
      Bench.demand {
        $0.images = [DemandedImage(ResolvedImage(key: Bench.a), freshAfter: due, platform: "linux/arm64")]
      })
    bench.settle()
    #expect(told(bench) == Self.names)
  }

  /// A clock that is wrong must not keep all nodes from following a tag.
  @Test func whatComesFromTheFutureDoesNotCount() {
    var bench = bench()
    let future = bench.now + .seconds(3600)
    bench.report("n3") { $0.images[Bench.a]?.checkedAt = future }
    bench.settle()
    #expect(told(bench) == ["n1"])
    compared(&bench, "n1", digest: "sha256:b")
    #expect(told(bench).contains("n2") || bench.spec("n2")?.images[Bench.a]?.freshAfter == nil)
  }
}
