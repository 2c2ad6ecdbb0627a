import Agent
import ContainerRuntime
import Execution
import KubernetesClient
import SwiftletAPI
import Testing

private let a = "docker.io/library/a:1"
private let b = "docker.io/library/b:1"

@Suite("Status")
struct StatusTests {
  @Test("the first change is told at once, the next within a second, and at rest nothing")
  func pace() throws {
    var bench = Bench()
    bench.begin()
    bench.pass(.milliseconds(60))
    #expect(bench.writes.count == 1)
    bench.pass(.seconds(5))
    #expect(bench.writes.count == 1)
    bench.plan(a)
    let planned = bench.now
    bench.deliver()
    bench.pass(.milliseconds(50))
    #expect(bench.writes.count == 2)
    #expect(try #require(bench.writes.last).at - planned <= .milliseconds(50))
    bench.plan(b)
    bench.deliver()
    bench.pass(.milliseconds(500))
    #expect(bench.writes.count == 2)
    bench.pass(.milliseconds(500))
    #expect(bench.writes.count == 3)
    bench.pass(.seconds(3600))
    #expect(bench.writes.count == 3)
  }

  @Test("while a pull runs: progress in hundredths, at most every two seconds")
  func progress() throws {
    var bench = Bench()
    bench.plan(a)
    bench.grant("g1", for: .seconds(600))
    bench.begin()
    bench.pass(.seconds(5))
    let before = bench.writes.count
    let id = try #require(bench.pulls.first?.id)
    for step in 0..<40 {
      let progress = PullProgress(transferredBytes: UInt64(step * 25_500), totalBytes: 1_000_000)
      bench.tell(.pullProgressed(name: a, id: id, progress))
      bench.pass(.milliseconds(500))
    }
    #expect((8...11).contains(bench.writes.count - before))
    #expect(try #require(bench.image(a)?.transferredBytes) % 10_000 == 0)
  }

  @Test("a restart with nothing new writes nothing")
  func restart() throws {
    var bench = Bench()
    bench.plan(a)
    bench.grant("g1")
    bench.begin()
    try bench.finish(a)
    bench.pass(.seconds(10))
    #expect(bench.image(a)?.origin == .pulled)
    bench.state = AgentState(version: "1", ledger: bench.ledger, now: bench.now)
    let writes = bench.writes.count
    bench.tell(.timer)
    bench.tell(.plan(bench.inventory))
    bench.pass(.seconds(600))
    #expect(bench.writes.count == writes)
    #expect(bench.pulls.isEmpty)
    #expect(bench.state.grants.released == ["g1"])
  }

  @Test("a restart keeps failures and their waits")
  func restartFailed() {
    var bench = Bench()
    bench.plan(a)
    bench.grant("g1")
    bench.begin()
    bench.end(a, Bench.failure(.unauthorized))
    bench.pass(.seconds(1))
    bench.state = AgentState(version: "1", ledger: bench.ledger, now: bench.now)
    let writes = bench.writes.count
    bench.tell(.timer)
    bench.grant("g2")
    bench.tell(.plan(bench.inventory))
    bench.pass(.seconds(1))
    #expect(bench.pulls.isEmpty)
    #expect(bench.image(a)?.reason == "Unauthorized")
    #expect(bench.image(a)?.attempts == 1)
    #expect(bench.writes.count == writes + 1, "only to give the new turn back")
  }

  @Test("a runtime that never answered takes nothing away from what was known")
  func unknown() {
    var status = NodeInventoryStatus()
    status.nodeUID = "uid"
    var image = NodeImage(state: .present)
    image.id = fakeID(1)
    status.images = [a: image]
    var bench = Bench(status: status)
    bench.runtime.isUp = false
    bench.plan(a)
    bench.begin()
    bench.pass(.seconds(5))
    #expect(bench.writes.isEmpty)
    bench.pass(.seconds(10))
    #expect(bench.image(a)?.state == .present)
    #expect(bench.status.conditions?.first?.status == .no)
  }

  @Test("a write that failed is read again first, with a growing wait; 404 waits for the plan")
  func failures() {
    var bench = Bench()
    bench.answersStatus = false
    bench.begin()
    bench.pass(.milliseconds(60))
    #expect(bench.actions.count == 1)
    bench.actions = []
    bench.tell(.statusFailed(.failed(message: "500", retryAfter: .seconds(7))))
    bench.pass(.milliseconds(6_900))
    #expect(bench.actions.isEmpty)
    bench.pass(.milliseconds(200))
    #expect(bench.actions == [.readStatus])
    bench.actions = []
    bench.tell(.statusRead(bench.inventory))
    bench.pass(.seconds(1))
    guard case .writeStatus? = bench.actions.first else {
      Issue.record("no write: \(bench.actions)")
      return
    }
    bench.actions = []
    bench.tell(.statusFailed(.notFound))
    bench.tell(.plan(nil))
    bench.pass(.seconds(3600))
    #expect(bench.actions.isEmpty)
    bench.inventory.metadata.uid = "new object"
    bench.deliver()
    bench.pass(.seconds(1))
    #expect(bench.actions.count == 1)
  }

  @Test("a server that keeps something else than what was written isn't fought")
  func mismatch() {
    var bench = Bench()
    bench.answersStatus = false
    bench.begin()
    var writes = 0
    for _ in 0..<600 {
      bench.pass(.seconds(1))
      if case .writeStatus(_, var to)? = bench.actions.first {
        writes += 1
        to.progress = nil
        bench.actions = []
        bench.tell(.statusWritten(to))
      }
    }
    #expect((2...25).contains(writes))
  }

  @Test("an image that changed is sent whole, one that is gone as null")
  func patch() throws {
    var old = NodeInventoryStatus()
    var image = NodeImage(state: .failed)
    image.attempts = 1
    image.reason = "DNS"
    old.images = [a: image, b: NodeImage(state: .present)]
    old.progress = "1/2"
    var new = old
    image.attempts = nil
    image.reason = nil
    image.state = .failed
    new.images = [a: image]
    let patch = try StatusPatch.make(from: old, to: new)
    #expect(
      patch == ["status": ["images": [a: ["state": "Failed", "attempts": nil, "reason": nil], b: nil]]] as JSONValue)
    #expect(try StatusPatch.make(from: new, to: new) == nil)
  }

  @Test("messages are bounded, in the unit in which the API server counts")
  func bounded() {
    let long = String(repeating: "e\u{301}", count: 500)
    #expect(FailureText(reason: "x", message: long).message?.unicodeScalars.count == 256)
    #expect(FailureText(reason: "x", message: "short").message == "short")
  }

  @Test("thousands of leftovers don't make the status larger than it may be")
  func manyLeftovers() throws {
    var ledger = Ledger()
    var bench = Bench()
    for index in 0..<4100 {
      let name = "docker.io/library/i\(index):1"
      ledger.images[name] = LedgerEntry(origin: .pulled, retention: .delete)
      try bench.runtime.add(name, id: fakeID(index))
    }
    bench.state = AgentState(version: "1", ledger: ledger, now: bench.now)
    bench.begin()
    bench.pass(.seconds(1))
    #expect(bench.status.images?.count == NodeInventoryStatus.maxImages)
  }

  @Test("with a thousand failures every one keeps its reason, and as many messages as there is room for")
  func messageBudget() throws {
    var status = NodeInventoryStatus()
    var bench = Bench()
    var failed: [String: NodeImage] = [:]
    for index in 0..<1_000 {
      let name = "docker.io/library/i\(1_000 + index):1"
      var image = NodeImage(state: .failed)
      image.reason = index == 999 ? "Unauthorized" : "NotFound"
      image.message = String(repeating: "m", count: 256)
      image.retryAt = bench.now + .seconds(3_600)
      image.attempts = 5
      failed[name] = image
    }
    status.images = failed
    status.nodeUID = "uid"
    bench = Bench(status: status)
    for name in failed.keys.sorted() { bench.plan(name) }
    bench.begin()
    bench.pass(.seconds(1))
    let images = try #require(bench.status.images)
    #expect(images.values.count { $0.state == .failed && $0.reason != nil } == 1_000)
    #expect(images.values.reduce(0) { $0 + ($1.message?.utf8.count ?? 0) } == StatusComposer.messageBudget)
    #expect(images["docker.io/library/i1999:1"]?.message != nil)
  }

  @Test("shutdown: pulls stop, turns go back with a last write, the ledger is stored, and then it is over")
  func shutdown() {
    var bench = Bench()
    bench.plan(a)
    bench.grant("g1")
    bench.begin()
    bench.pass(.seconds(2))
    bench.tell(.shutdown)
    #expect(bench.cancelled == [a])
    #expect(!bench.isFinished)
    bench.end(a, Bench.stopped)
    bench.pass(.milliseconds(50))
    #expect(bench.isFinished)
    #expect(bench.status.released == ["g1"])
    #expect(bench.image(a)?.state == .waiting)
    #expect(bench.ledger.images[a]?.isOurs == false, "the next agent's first list tells what the pull brought")
  }
}
