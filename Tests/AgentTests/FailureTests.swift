import Agent
import ContainerRuntime
import KubernetesClient
import SwiftletAPI
import Testing

private let a = "docker.io/library/a:1"
private let b = "docker.io/library/b:1"

@Suite("Pulls that fail")
struct FailureTests {
  @Test("a failure waits: longer each time, given back, named in words")
  func backoff() throws {
    var bench = Bench()
    bench.plan(a)
    bench.grant("g1") { $0.backoff = BackoffSpec(initial: "10s", max: "15s") }
    bench.begin()
    bench.end(a, Bench.failure(.notFound))
    bench.pass(.milliseconds(60))
    let first = try #require(bench.image(a))
    #expect(first.state == .failed)
    #expect(first.reason == "NotFound")
    #expect(first.attempts == 1)
    #expect(bench.status.released == ["g1"])
    let retryAt = try #require(first.retryAt)
    #expect(retryAt > bench.now + .seconds(7) && retryAt <= bench.now + .seconds(10))

    bench.inventory.spec.grants = nil
    bench.grant("g2") { $0.backoff = BackoffSpec(initial: "10s", max: "15s") }
    bench.deliver()
    #expect(bench.pulls.isEmpty, "it is still backing off")
    bench.pass(.seconds(11))
    bench.inventory.spec.grants = nil
    bench.grant("g3") { $0.backoff = BackoffSpec(initial: "10s", max: "15s") }
    bench.deliver()
    #expect(bench.pullNames == [a])
    bench.pass(.seconds(2))
    #expect(bench.image(a)?.state == .pulling && bench.image(a)?.attempts == 1)
    #expect(bench.image(a)?.reason == "NotFound", "what the attempt before came to")
    bench.end(a, Bench.failure(.notFound))
    bench.pass(.milliseconds(60))
    #expect(bench.image(a)?.attempts == 2)
    #expect(try #require(bench.image(a)?.retryAt) > bench.now + .seconds(11))

    bench.pass(.seconds(16))
    bench.inventory.spec.grants = nil
    bench.grant("g4")
    bench.deliver()
    try bench.finish(a)
    bench.pass(.milliseconds(60))
    #expect(bench.image(a)?.attempts == nil)
    #expect(bench.image(a)?.reason == nil)
  }

  @Test("while one image backs off the others go on under the same grant, and it is tried again under it")
  func backoffBeside() throws {
    var bench = Bench()
    bench.plan(a, b)
    bench.grant("g1") { $0.backoff = BackoffSpec(initial: "2s") }
    bench.begin()
    bench.end(a, Bench.failure(.timeout))
    #expect(bench.pullNames == [b])
    bench.pass(.seconds(3))
    #expect(bench.pullNames == [b], "one at a time")
    try bench.finish(b)
    #expect(bench.pullNames == [a])
  }

  @Test("a pull that went well and left nothing is a failure with a wait")
  func vanishedAtOnce() {
    var bench = Bench()
    bench.plan(a)
    bench.grant("g1")
    bench.begin()
    bench.end(a, .pulled)
    bench.pass(.milliseconds(100))
    #expect(bench.image(a)?.reason == "Vanished")
    #expect(bench.pulls.isEmpty)
    #expect(bench.ledger.images[a] == nil)
  }

  @Test("an image that keeps vanishing is pulled again at once only the first time")
  func quickLosses() throws {
    var bench = Bench()
    bench.plan(a)
    bench.begin()
    for round in 1...3 {
      bench.inventory.spec.grants = nil
      bench.grant("g\(round)")
      bench.deliver()
      try bench.finish(a)
      bench.pass(.seconds(1))
      bench.runtime.images = [:]
      bench.tell(.runtimeChanged)
      bench.pass(.seconds(3))
      #expect(bench.image(a)?.state == (round == 1 ? .waiting : .failed))
      #expect(bench.image(a)?.reason == (round == 1 ? "Missing" : "Vanished"))
      if round > 1 { bench.pass(.seconds(60)) }
    }
  }

  @Test("the runtime's absence isn't the image's failure: the work goes on when it is back")
  func runtimeDown() throws {
    var bench = Bench()
    bench.plan(a)
    bench.grant("g1")
    bench.begin()
    bench.runtime.isUp = false
    bench.end(a, Bench.unavailable)
    bench.pass(.seconds(5))
    #expect(bench.pulls.isEmpty)
    bench.runtime.isUp = true
    bench.pass(.seconds(6))
    #expect(bench.pullNames == [a])
    #expect(bench.state.records[a]?.attempts == 0)
    try bench.finish(a)
    #expect(bench.state.ledger[a]?.origin == .pulled)
  }

  @Test("a runtime that stays away costs its turn, is said, and gets no turn again soon")
  func runtimeLongDown() throws {
    var bench = Bench()
    bench.plan(a)
    bench.grant("g1")
    bench.begin()
    bench.runtime.isUp = false
    bench.end(a, Bench.unavailable)
    bench.pass(.seconds(15))
    #expect(bench.status.released == ["g1"])
    #expect(bench.image(a)?.reason == "RuntimeUnavailable")
    #expect(try #require(bench.image(a)?.retryAt) > bench.now + .seconds(20))
    #expect(bench.status.conditions?.first { $0.type == "RuntimeReady" }?.status == .no)
    let writes = bench.writes.count
    bench.pass(.seconds(3600))
    #expect(bench.writes.count - writes < 15, "hardly any writes while it is down")
    bench.runtime.isUp = true
    bench.pass(.seconds(10))
    #expect(bench.image(a)?.retryAt == nil)
    #expect(bench.status.conditions?.first { $0.type == "RuntimeReady" }?.status == .yes)
  }

  @Test("an answer that looks like an absent runtime while the runtime is there counts from the second time on")
  func falseAlarm() {
    var bench = Bench()
    bench.plan(a)
    bench.grant("g1")
    bench.begin()
    bench.end(a, Bench.unavailable)
    #expect(bench.pullNames == [a])
    bench.end(a, Bench.unavailable)
    #expect(bench.pulls.isEmpty)
    #expect(bench.state.records[a]?.attempts == 1)
  }

  @Test("a pull that never ends is given up")
  func endless() {
    var bench = Bench()
    bench.plan(a)
    bench.grant("g1", for: .seconds(9000))
    bench.begin()
    bench.pass(.seconds(3601))
    #expect(bench.cancelled == [a])
    bench.end(a, Bench.stopped)
    bench.pass(.seconds(1))
    #expect(bench.image(a)?.reason == "Timeout")
  }

  @Test("a runtime that goes away between a pull and the look at it costs the turn too")
  func downBeforeVerification() throws {
    var bench = Bench()
    bench.plan(a)
    bench.grant("g1")
    bench.begin()
    bench.runtime.isUp = false
    try bench.finish(a)
    bench.pass(.seconds(15))
    #expect(bench.status.released == ["g1"])
    #expect(bench.image(a)?.reason == "RuntimeUnavailable")
    bench.runtime.isUp = true
    bench.pass(.seconds(10))
    #expect(bench.image(a)?.state == .present)
    #expect(bench.image(a)?.origin == .pulled)
  }
}
