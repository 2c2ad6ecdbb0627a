import Agent
import ContainerRuntime
import Execution
import KubernetesClient
import SwiftletAPI
import Testing

private let a = "docker.io/library/a:1"
private let b = "docker.io/library/b:1"
private let c = "c.test/c:1"

@Suite("Pulls")
struct PullTests {
  @Test("nothing is pulled without a grant of the image's budget")
  func noGrant() {
    var bench = Bench()
    bench.plan(a)
    bench.begin()
    #expect(bench.pulls.isEmpty)
    bench.grant("g1") { $0.budget = "other" }
    bench.deliver()
    #expect(bench.pulls.isEmpty)
    bench.grant("g2")
    bench.deliver()
    #expect(bench.pullNames == [a])
    #expect(bench.pulls.first?.grantID == "g2")
  }

  @Test("a pull waits until the ledger says that it is coming")
  func ledgerFirst() {
    var bench = Bench()
    bench.answersLedger = false
    bench.plan(a)
    bench.grant("g1")
    bench.begin()
    #expect(bench.pulls.isEmpty)
    guard case .saveLedger(let ledger, let revision)? = bench.actions.last else {
      Issue.record("nothing is saved")
      return
    }
    #expect(ledger.images[a]?.isIntended == true)
    bench.tell(.ledgerSaved(revision: revision, failure: nil))
    #expect(bench.pullNames == [a])
  }

  @Test("a ledger that can't be stored is said, and doesn't stop the work")
  func ledgerFailure() {
    var bench = Bench()
    bench.answersLedger = false
    bench.plan(a)
    bench.grant("g1")
    bench.begin()
    bench.tell(.ledgerSaved(revision: 1, failure: "read-only file system"))
    #expect(bench.pullNames == [a])
    bench.pass(.seconds(2))
    #expect(bench.status.conditions?.first { $0.type == "LedgerIntact" }?.status == .no)
  }

  @Test("order: priority, then what is missing before what is stale, then fewer failures, then the name")
  func order() {
    let entries = [
      PullQueue.Entry(name: "d", priority: 0, isRefresh: true, attempts: 0),
      PullQueue.Entry(name: "c", priority: 0, isRefresh: false, attempts: 2),
      PullQueue.Entry(name: "b", priority: 0, isRefresh: false, attempts: 0),
      PullQueue.Entry(name: "a", priority: 0, isRefresh: false, attempts: 0),
      PullQueue.Entry(name: "z", priority: 9, isRefresh: true, attempts: 5),
    ]
    #expect(PullQueue.ordered(entries).map(\.name) == ["z", "a", "b", "c", "d"])
  }

  @Test("no more at once than the grant says, in all and from each registry")
  func shares() throws {
    var bench = Bench()
    bench.plan(a, b, c)
    bench.grant("g1", pulls: 3) { $0.registries = ["docker.io": 1] }
    bench.begin()
    #expect(bench.pullNames == [a])
    try bench.finish(a)
    #expect(bench.pullNames == [b])
    try bench.finish(b, id: fakeID(2))
    #expect(bench.pulls.isEmpty, "c.test has no share")
    #expect(bench.state.grants.released == ["g1"])
    bench.grant("g2", pulls: 1)
    bench.deliver()
    #expect(bench.pullNames == [c])
  }

  @Test("a long line in one budget or at one registry holds up no other")
  func lines() {
    var bench = Bench()
    for index in 0..<20 { bench.plan("docker.io/library/i\(index):1") }
    bench.plan(c)
    bench.plan("z.test/z:1") { $0.budget = "other" }
    bench.grant("g1", pulls: 2) { $0.registries = ["docker.io": 1, "c.test": 1] }
    bench.grant("g2") { $0.budget = "other" }
    bench.begin()
    #expect(Set(bench.pullNames) == ["docker.io/library/i0:1", c, "z.test/z:1"])
  }

  @Test("what runs at `until` is stopped, and nothing starts after it")
  func expiry() {
    var bench = Bench()
    bench.plan(a, b)
    bench.grant("g1", for: .seconds(10))
    bench.begin()
    #expect(bench.pullNames == [a])
    bench.pass(.milliseconds(9_999))
    #expect(bench.cancelled.isEmpty)
    bench.pass(.milliseconds(1))
    #expect(bench.cancelled == [a])
    bench.end(a, Bench.stopped)
    bench.pass(.seconds(30))
    #expect(bench.pulls.isEmpty)
    #expect(bench.image(a)?.state == .waiting)
    #expect(bench.image(a)?.attempts == nil)
  }

  @Test("a renewed grant lets a pull run on; another one of the same budget takes it over")
  func renewal() {
    var bench = Bench()
    bench.plan(a)
    bench.grant("g1", for: .seconds(10))
    bench.begin()
    bench.pass(.seconds(5))
    bench.grant("g1", for: .seconds(60))
    bench.deliver()
    bench.pass(.seconds(40))
    #expect(bench.cancelled.isEmpty)
    bench.inventory.spec.grants = nil
    bench.grant("g2")
    bench.deliver()
    #expect(bench.cancelled.isEmpty)
    #expect(bench.state.running[a]?.grantID == "g2")
    bench.inventory.spec.grants = nil
    bench.deliver()
    #expect(bench.cancelled == [a])
  }

  @Test("a grant is given back in the same write as the final states, at once, and never used again")
  func release() throws {
    var bench = Bench()
    bench.plan(a)
    bench.grant("g1")
    let start = bench.now
    bench.begin()
    bench.pass(.milliseconds(1200))
    #expect(bench.image(a)?.state == .pulling)
    #expect(bench.writes.count == 1)
    #expect(bench.writes.first.map { $0.at - start >= .seconds(1) } == true)
    let end = bench.now
    try bench.finish(a)
    bench.pass(.milliseconds(50))
    let write = try #require(bench.writes.last)
    #expect(write.at - end <= .milliseconds(50))
    #expect(write.to.released == ["g1"])
    #expect(write.to.images?[a]?.state == .present)
    #expect(write.to.progress == "1/1")

    bench.runtime.drop(a)
    bench.runtime.images = [:]
    bench.tell(.runtimeChanged)
    bench.pass(.seconds(3))
    #expect(bench.image(a)?.state == .waiting)
    #expect(bench.image(a)?.reason == "Missing")
    #expect(bench.pulls.isEmpty)
    bench.grant("g1", for: .seconds(500))
    bench.deliver()
    #expect(bench.pulls.isEmpty)
    bench.inventory.spec.grants = nil
    bench.grant("g2")
    bench.deliver()
    #expect(bench.pullNames == [a])
    bench.pass(.seconds(2))
    #expect(bench.status.released == nil)
  }

  @Test("an image that was put there in the meantime isn't Swiftlet's")
  func foundThere() throws {
    var bench = Bench()
    bench.plan(a)
    bench.grant("g1")
    bench.begin()
    try bench.runtime.add(a, id: fakeID(1))
    bench.end(a, .foundThere)
    bench.pass(.seconds(1))
    #expect(bench.image(a)?.origin == .found)
    #expect(bench.ledger.images[a] == nil)
  }

  @Test("what was found becomes Swiftlet's when it vanishes and Swiftlet brings it back")
  func foundThenPulled() throws {
    var bench = Bench()
    try bench.runtime.add(a, id: fakeID(1))
    bench.plan(a)
    bench.begin()
    bench.pass(.seconds(1))
    #expect(bench.image(a)?.origin == .found)
    bench.runtime.images = [:]
    bench.pass(.seconds(40))
    bench.grant("g1")
    bench.deliver()
    try bench.finish(a)
    bench.pass(.seconds(1))
    #expect(bench.image(a)?.origin == .pulled)
  }

  @Test("a stale copy stays present while it waits, is refreshed, and when that fails")
  func stale() throws {
    var bench = Bench()
    try bench.runtime.add(a, id: fakeID(1))
    // The node's clock is behind the one that set this time.
    let freshAfter = bench.now + .seconds(30)
    bench.plan(a) { $0.freshAfter = freshAfter }
    bench.begin()
    bench.pass(.seconds(1))
    #expect(bench.image(a)?.state == .present)
    #expect(bench.image(a)?.reason == "Stale")
    bench.grant("g1") { $0.backoff = BackoffSpec(initial: "1s") }
    bench.deliver()
    #expect(bench.pulls.first?.isRefresh == true)
    bench.pass(.seconds(2))
    #expect(bench.image(a)?.state == .present)
    #expect(bench.image(a)?.reason == "Refreshing")
    bench.end(a, Bench.failure(.dns))
    bench.pass(.seconds(1))
    #expect(bench.image(a)?.state == .present)
    #expect(bench.image(a)?.reason == "DNS")
    #expect(bench.image(a)?.retryAt != nil)
    bench.pass(.seconds(1))
    bench.inventory.spec.grants = nil
    bench.grant("g2")
    bench.deliver()
    try bench.finish(a, id: fakeID(2))
    bench.pass(.seconds(1))
    #expect(bench.image(a)?.reason == nil)
    #expect(bench.image(a)?.checkedAt == freshAfter)
    #expect(bench.image(a)?.origin == .found, "it was there before Swiftlet")
    #expect(bench.pulls.isEmpty, "the clock's difference doesn't make it stale again")
  }

  @Test("paused: pulls stop, turns go back; unpaused: work goes on with a new turn")
  func paused() {
    var bench = Bench()
    bench.plan(a)
    bench.grant("g1")
    bench.begin()
    bench.inventory.spec.paused = true
    bench.deliver()
    #expect(bench.cancelled == [a])
    bench.end(a, Bench.stopped)
    bench.pass(.seconds(1))
    #expect(bench.status.released == ["g1"])
    #expect(bench.image(a)?.reason == "Paused")
    bench.inventory.spec.paused = nil
    bench.deliver()
    #expect(bench.pulls.isEmpty)
    bench.grant("g2")
    bench.deliver()
    #expect(bench.pullNames == [a])
  }

  enum Withdrawal: CaseIterable, Sendable {
    case unplanned, held, otherPlatform, noPlan, otherNode
  }

  @Test("a pull that is no longer wanted is stopped", arguments: Withdrawal.allCases)
  func withdrawn(_ withdrawal: Withdrawal) {
    var bench = Bench()
    bench.plan(a)
    bench.grant("g1")
    bench.begin()
    #expect(bench.pullNames == [a])
    switch withdrawal {
    case .unplanned: bench.inventory.spec.images = nil
    case .held: bench.plan(a) { $0.hold = true }
    case .otherPlatform: bench.plan(a) { $0.platform = "linux/arm64" }
    case .noPlan: break
    case .otherNode: bench.inventory.spec.nodeUID = "another"
    }
    if withdrawal == .noPlan { bench.tell(.plan(nil)) } else { bench.deliver() }
    #expect(bench.cancelled == [a])
  }

  @Test("what can't be read is a failure that isn't tried", arguments: ["not a name!", "nginx"])
  func invalid(_ name: String) {
    var bench = Bench()
    bench.plan(name)
    bench.grant("g1")
    bench.begin()
    bench.pass(.seconds(1))
    #expect(bench.pulls.isEmpty)
    #expect(bench.image(name)?.state == .failed)
    #expect(bench.image(name)?.reason == "InvalidReference")
    #expect(bench.status.released == ["g1"])
  }
}
