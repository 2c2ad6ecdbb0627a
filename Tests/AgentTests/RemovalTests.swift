import Agent
import ContainerRuntime
import KubernetesClient
import OCI
import SwiftletAPI
import Testing

private let a = "docker.io/library/a:1"
private let other = "docker.io/library/a:2"
private let elsewhere = "c.test/c:1"

@Suite("Removals and pins")
struct RemovalTests {
  /// A node where Swiftlet pulled `a`, which nobody wants any more.
  static func bench(ours: [String] = [a], pinned: Bool = false) throws -> Bench {
    var ledger = Ledger()
    for name in ours { ledger.images[name] = LedgerEntry(origin: .pulled, retention: .delete) }
    if pinned { ledger.pins = [fakeID(1)] }
    var bench = Bench(ledger: ledger)
    try bench.runtime.add(a, id: fakeID(1))
    if pinned { bench.runtime.images[fakeID(1)]?.pinned = true }
    return bench
  }

  static func removals(_ bench: Bench) -> [AgentAction] {
    bench.actions.filter {
      switch $0 {
      case .remove, .untag: true
      default: false
      }
    }
  }

  @Test("it goes with a permit, and its entry once the list shows that it went")
  func removed() throws {
    var bench = try Self.bench()
    bench.begin()
    bench.pass(.seconds(2))
    #expect(bench.image(a)?.state == .present)
    #expect(bench.image(a)?.origin == .pulled)
    #expect(Self.removals(bench).isEmpty)
    bench.permit(a)
    bench.deliver()
    #expect(Self.removals(bench) == [.remove(name: a, id: fakeID(1))])
    bench.pass(.seconds(2))
    #expect(bench.image(a)?.state == .removing)
    bench.runtime.images = [:]
    bench.tell(.removalEnded(name: a, nil))
    bench.pass(.seconds(2))
    #expect(bench.image(a) == nil)
    #expect(bench.ledger.images.isEmpty)
  }

  @Test("without a permit, after it, paused, planned or not ours: it stays")
  func stays() throws {
    var late = try Self.bench()
    late.inventory.spec.removals = [a: RemovalPermit(until: late.now)]
    late.begin()
    #expect(Self.removals(late).isEmpty)

    var paused = try Self.bench()
    paused.permit(a)
    paused.inventory.spec.paused = true
    paused.begin()
    #expect(Self.removals(paused).isEmpty)

    var planned = try Self.bench()
    planned.permit(a)
    planned.plan(a)
    planned.begin()
    #expect(Self.removals(planned).isEmpty)

    var foreign = try Self.bench(ours: [])
    foreign.permit(a)
    foreign.begin()
    foreign.pass(.seconds(2))
    #expect(Self.removals(foreign).isEmpty)
    #expect(foreign.image(a) == nil)
  }

  @Test("in use: it stays, says so, and is looked at again later and later")
  func inUse() throws {
    var bench = try Self.bench()
    bench.runtime.containers = ["c": fakeID(1)]
    bench.permit(a)
    bench.begin()
    bench.pass(.seconds(2))
    #expect(Self.removals(bench).isEmpty)
    #expect(bench.image(a)?.state == .present)
    #expect(bench.image(a)?.reason == "InUse")
    let first = try #require(bench.image(a)?.retryAt)
    #expect(first - bench.now > .seconds(55) && first - bench.now <= .seconds(60))
    bench.pass(.seconds(60))
    bench.permit(a)
    bench.deliver()
    bench.pass(.seconds(2))
    #expect(try #require(bench.image(a)?.retryAt) - bench.now > .seconds(110))
    bench.runtime.containers = [:]
    bench.pass(.seconds(120))
    bench.permit(a)
    bench.deliver()
    #expect(Self.removals(bench).count == 1)
  }

  @Test("a removal waits for running pulls, and no pull starts while one is under way")
  func exclusive() throws {
    var bench = try Self.bench()
    bench.plan(other, elsewhere)
    bench.grant("g1", pulls: 1)
    bench.begin()
    bench.permit(a)
    bench.deliver()
    #expect(Self.removals(bench).isEmpty)
    try bench.finish(elsewhere, id: fakeID(2))
    #expect(Self.removals(bench) == [.remove(name: a, id: fakeID(1))])
    #expect(bench.pulls.isEmpty)
    bench.runtime.images[fakeID(1)] = nil
    bench.tell(.removalEnded(name: a, nil))
    #expect(bench.pullNames == [other])
  }

  @Test("a pin of ours goes first")
  func unpinned() throws {
    var bench = try Self.bench(pinned: true)
    bench.permit(a)
    bench.begin()
    #expect(Self.removals(bench).isEmpty)
    #expect(bench.actions.contains(.setPinned(id: fakeID(1), false)))
    bench.runtime.images[fakeID(1)]?.pinned = false
    bench.tell(.pinEnded(id: fakeID(1), isPinned: false, nil))
    #expect(Self.removals(bench) == [.remove(name: a, id: fakeID(1))])
    #expect(bench.ledger.pins.isEmpty)
  }

  @Test("a runtime that goes on to list a pin that was taken back is asked again soon, for a while")
  func pinLag() throws {
    var bench = try Self.bench(pinned: true)
    bench.permit(a)
    bench.begin()
    bench.tell(.pinEnded(id: fakeID(1), isPinned: false, nil))
    #expect(Self.removals(bench).isEmpty)
    bench.pass(.milliseconds(900))
    #expect(bench.image(a)?.reason == nil, "nothing is wrong yet")
    bench.runtime.images[fakeID(1)]?.pinned = false
    bench.pass(.milliseconds(200))
    #expect(Self.removals(bench) == [.remove(name: a, id: fakeID(1))])
  }

  @Test("a pin that is still there long after ours was taken back is somebody else's")
  func pinTakenOver() throws {
    var bench = try Self.bench(pinned: true)
    bench.permit(a)
    bench.begin()
    bench.tell(.pinEnded(id: fakeID(1), isPinned: false, nil))
    bench.pass(.seconds(20))
    #expect(Self.removals(bench).isEmpty)
    #expect(bench.image(a)?.reason == "Pinned")
  }

  @Test("what the plan takes over is Swiftlet's from then on, and goes when it may", arguments: [true, false])
  func adopted(adopt: Bool) throws {
    var bench = Bench()
    try bench.runtime.add(a, id: fakeID(1))
    bench.plan(a) { planned in
      planned.hold = true
      planned.adopt = adopt ? true : nil
    }
    bench.begin()
    bench.pass(.seconds(3))
    #expect(bench.image(a)?.origin == (adopt ? .adopted : .found))
    bench.inventory.spec.images = nil
    bench.permit(a)
    bench.deliver()
    #expect(Self.removals(bench) == (adopt ? [.remove(name: a, id: fakeID(1))] : []))
  }

  @Test("somebody else's pin keeps the image, and is never taken back")
  func foreignPin() throws {
    var bench = try Self.bench()
    bench.runtime.images[fakeID(1)]?.pinned = true
    bench.permit(a)
    bench.begin()
    bench.pass(.seconds(2))
    #expect(bench.actions.isEmpty)
    #expect(bench.image(a)?.reason == "Pinned")
  }

  @Test("a wanted pin is noted in the ledger before it is set, and taken back when it no longer is")
  func pins() throws {
    var bench = Bench()
    bench.answersLedger = false
    try bench.runtime.add(a, id: fakeID(1))
    bench.plan(a) { $0.pin = true }
    bench.begin()
    #expect(!bench.actions.contains(.setPinned(id: fakeID(1), true)))
    #expect(bench.state.ledger.ledger.pins == [fakeID(1)])
    bench.answersLedger = true
    bench.tell(.ledgerSaved(revision: 1, failure: nil))
    #expect(bench.actions.contains(.setPinned(id: fakeID(1), true)))
    bench.runtime.images[fakeID(1)]?.pinned = true
    bench.tell(.pinEnded(id: fakeID(1), isPinned: true, nil))
    bench.pass(.seconds(2))
    #expect(bench.image(a)?.pinned == true)
    bench.plan(a) { $0.pin = false }
    bench.deliver()
    #expect(bench.actions.contains(.setPinned(id: fakeID(1), false)))
  }

  @Test("a pin that fails is tried again, not at once")
  func pinFailure() throws {
    var bench = Bench()
    try bench.runtime.add(a, id: fakeID(1))
    bench.plan(a) { $0.pin = true }
    bench.begin()
    bench.actions = []
    bench.tell(.pinEnded(id: fakeID(1), isPinned: true, RuntimeError(operation: "pin", message: "no")))
    bench.pass(.seconds(5))
    #expect(bench.actions.isEmpty)
    bench.pass(.seconds(6))
    #expect(bench.actions == [.setPinned(id: fakeID(1), true)])
  }

  @Test("a runtime without pins: none is set, and the status says nothing of pins")
  func noPins() throws {
    var bench = Bench()
    bench.runtime.features = []
    try bench.runtime.add(a, id: fakeID(1))
    bench.plan(a) { $0.pin = true }
    bench.begin()
    bench.pass(.seconds(2))
    #expect(bench.actions.isEmpty)
    #expect(bench.image(a)?.pinned == nil)
    #expect(bench.status.runtime?.features == [])
  }

  @Test("what may stay is forgotten once nobody plans it, and unpinned")
  func retained() throws {
    var ledger = Ledger()
    ledger.images[a] = LedgerEntry(origin: .pulled, retention: .retain)
    ledger.pins = [fakeID(1)]
    var bench = Bench(ledger: ledger)
    try bench.runtime.add(a, id: fakeID(1))
    bench.runtime.images[fakeID(1)]?.pinned = true
    bench.inventory.metadata.generation = 0
    bench.begin()
    #expect(bench.ledger.images[a] != nil, "a plan that isn't filled in yet says nothing")
    bench.deliver()
    #expect(bench.ledger.images.isEmpty)
    #expect(bench.actions == [.setPinned(id: fakeID(1), false)])
  }

  @Test("a plan that stays empty is taken at its word in the end")
  func blank() throws {
    var ledger = Ledger()
    ledger.images[a] = LedgerEntry(origin: .pulled, retention: .retain)
    var bench = Bench(ledger: ledger)
    try bench.runtime.add(a, id: fakeID(1))
    bench.inventory.metadata.generation = 0
    bench.begin()
    bench.pass(.seconds(299))
    #expect(bench.ledger.images[a] != nil)
    bench.pass(.seconds(2))
    #expect(bench.ledger.images.isEmpty)
  }

  @Test("a removal that fails is tried again, not at once", arguments: [true, false])
  func failure(isUnavailable: Bool) throws {
    var bench = try Self.bench()
    bench.permit(a)
    bench.begin()
    bench.actions = []
    let error = RuntimeError(operation: "remove", kind: isUnavailable ? .unavailable : .failed, message: "no")
    bench.tell(.removalEnded(name: a, error))
    bench.pass(.seconds(5))
    #expect(bench.actions.isEmpty)
    #expect(bench.image(a)?.reason == "RemovalFailed")
    bench.pass(.seconds(6))
    #expect(Self.removals(bench).count == 1)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var what: String
    var name: String
    var tags: [String]
    var digests: [String]
    var removable: Set<String> = []
    var wanted: Set<String> = []
    var expected: RemovalDecision
    var testDescription: String { what }
  }

  static let digest = "sha256:" + String(repeating: "ab", count: 32)

  static let cases = [
    Case(
      what: "its own names only", name: a, tags: [a], digests: ["docker.io/library/a@\(digest)"],
      expected: .remove(id: "id", names: [a])),
    Case(what: "somebody else's tag", name: a, tags: [a, elsewhere], digests: [], expected: .untag),
    Case(
      what: "another of ours that goes too", name: a, tags: [a, elsewhere], digests: ["c.test/c@\(digest)"],
      removable: [elsewhere], expected: .remove(id: "id", names: [a, elsewhere])),
    Case(
      what: "another of ours that is wanted", name: a, tags: [a, other], digests: [], removable: [other],
      wanted: [other], expected: .untag),
    Case(
      what: "its digest is wanted", name: a, tags: [a], digests: ["docker.io/library/a@\(digest)"],
      wanted: ["docker.io/library/a@\(digest)"], expected: .untag),
    Case(
      what: "somebody else's digest in another repository", name: a, tags: [a], digests: ["c.test/c@\(digest)"],
      expected: .untag),
    Case(
      what: "a digest whose tag is somebody else's", name: "c.test/c@\(digest)", tags: [elsewhere],
      digests: ["c.test/c@\(digest)"], expected: .forget),
    Case(
      what: "a digest alone", name: "c.test/c@\(digest)", tags: [], digests: ["c.test/c@\(digest)"],
      expected: .remove(id: "id", names: ["c.test/c@\(digest)"])),
    Case(what: "not there", name: a, tags: [other], digests: [], expected: .gone),
  ]

  @Test("names decide what goes", arguments: cases)
  func decision(_ test: Case) throws {
    let image = RuntimeImage(id: "id", tags: test.tags, digests: test.digests, size: 1)
    let decision = RemovalDecision.decide(
      try ImageReference(parsing: test.name), inspection: RemovalInspection(images: [image], containers: []),
      isRemovable: { test.removable.contains($0) }, isWanted: { test.wanted.contains($0) }, isOurPin: { _ in false })
    #expect(decision == test.expected)
  }

  @Test(
    "a container uses an image by its ID, any name or a digest",
    arguments: [
      (fakeID(1), "", true), ("", fakeID(1), true), (String(fakeID(1).dropFirst(7)), "", true), ("", "a:1", true),
      ("", a, true),
      ("", "docker.io/library/a@\(digest)", true), (digest, "", true), (fakeID(2), "a:2", false), ("", "", false),
    ])
  func uses(imageID: String, reference: String, expected: Bool) {
    let image = RuntimeImage(id: fakeID(1), tags: [a], digests: ["docker.io/library/a@\(Self.digest)"], size: 1)
    let container = RuntimeContainer(id: "c", imageReference: reference, imageID: imageID)
    #expect(RemovalDecision.uses(container, image) == expected)
    let mounting = RuntimeContainer(id: "c", imageReference: "b:1", imageID: "", volumeImages: ["b:2", reference])
    #expect(RemovalDecision.uses(mounting, image) == (expected && !reference.isEmpty))
  }

  @Test("a runtime that can't drop one name: the image stays, and that is said")
  func shared() throws {
    var bench = try Self.bench()
    try bench.runtime.add(elsewhere, id: fakeID(1))
    bench.permit(a)
    bench.begin()
    guard case .untag(let reference)? = Self.removals(bench).first else {
      Issue.record("\(bench.actions)")
      return
    }
    bench.tell(.removalEnded(name: reference.normalized, .unsupported("untag", by: "test")))
    bench.pass(.seconds(2))
    #expect(bench.image(a)?.reason == "SharedImage")
    #expect(bench.image(a)?.state == .present)
  }
}
