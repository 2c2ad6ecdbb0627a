import Agent
import Execution
import KubernetesClient
import SwiftletAPI
import Testing

@Suite("Grants")
struct GrantBookTests {
  static let second: Int64 = 1_000_000
  static let base = Timestamp(microseconds: 1_700_000_000 * second)

  static func grant(every: Int64, offset: Int64, until: Timestamp = base + .seconds(60)) -> Grant {
    var grant = Grant(id: "g", budget: "default", until: until, pulls: 5)
    grant.pacing = StartPacing(everyMilliseconds: every, offsetMilliseconds: offset)
    return grant
  }

  func answer(_ book: GrantBook, _ now: Timestamp) -> GrantBook.Answer {
    book.answer(budget: "default", registry: "docker.io", running: [RunningPull](), now: now)
  }

  @Test(
    "paced starts: at the moment, shortly after it, else the next one",
    arguments: [
      (0, GrantBook.Answer.granted(id: "g")), (100, .granted(id: "g")), (101, .notBefore(base + .seconds(10))),
      (9_999, .notBefore(base + .seconds(10))), (10_000, .granted(id: "g")),
      (55_000, .refused),
    ] as [(Int, GrantBook.Answer)])
  func pacing(milliseconds: Int, expected: GrantBook.Answer) {
    var book = GrantBook()
    book.update([Self.grant(every: 10_000, offset: 0)])
    #expect(answer(book, Self.base + .milliseconds(milliseconds)) == expected)
  }

  @Test("one start for each paced moment, also under another grant of the budget")
  func once() {
    var book = GrantBook()
    book.update([Self.grant(every: 1000, offset: 0)])
    book.started(under: "g", now: Self.base + .milliseconds(5))
    #expect(answer(book, Self.base + .milliseconds(20)) == .notBefore(Self.base + .seconds(1)))
    var other = Self.grant(every: 1000, offset: 0)
    other.id = "h"
    book.update([other])
    #expect(answer(book, Self.base + .milliseconds(20)) == .notBefore(Self.base + .seconds(1)))
    #expect(answer(book, Self.base + .milliseconds(1000)) == .granted(id: "h"))
  }

  @Test("given back: for as long as the plan names it, whatever its end")
  func released() {
    var book = GrantBook()
    let grant = Grant(id: "g", budget: "default", until: Self.base, pulls: 1)
    book.update([grant])
    book.release(["g"])
    var renewed = grant
    renewed.until = Self.base + .seconds(500)
    book.update([renewed])
    #expect(answer(book, Self.base) == .refused)
    #expect(book.released == ["g"])
    book.update([])
    #expect(book.released.isEmpty)
  }

  @Test("a share of nothing, or of no registry, lets nothing start")
  func shares() {
    var none = Grant(id: "g", budget: "default", until: Self.base, pulls: 0)
    #expect(!GrantBook.hasShare(none, registry: "docker.io"))
    none.pulls = 1
    #expect(GrantBook.hasShare(none, registry: "docker.io"))
    none.registries = [:]
    #expect(!GrantBook.hasShare(none, registry: "docker.io"))
    none.registries = ["docker.io": 1]
    #expect(GrantBook.hasShare(none, registry: "docker.io"))
    #expect(!GrantBook.hasShare(none, registry: "quay.io"))
  }
}
