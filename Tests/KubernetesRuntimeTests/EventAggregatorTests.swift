import KubernetesClient
import KubernetesRuntime
import TestSupport
import Testing

struct EventAggregatorTests {
  private let wall = MicroTime(Timestamp(microseconds: 1_700_000_000_000_000))

  private func event(_ name: String = "e1") -> Event {
    Event(metadata: ObjectMeta(name: name, namespace: "n"), eventTime: wall, reason: "R")
  }

  private func key(_ name: String, reason: String = "R") -> EventKey {
    EventKey(
      regarding: ObjectReference(kind: "Widget", name: name, resourceVersion: "\(name.count)"), reason: reason,
      type: .normal)
  }

  @Test func repetitionsAreCountedUp() throws {
    var aggregator = EventAggregator(limits: EventLimits())
    let first = aggregator.record(event(), key: key("a"), now: .zero, wallTime: wall)
    #expect(first == .write(after: .zero))
    let creation = try #require(aggregator.write(for: key("a")))
    #expect(creation == .create(event()))
    let rest = aggregator.succeeded(creation, key: key("a"), now: .seconds(1))
    #expect(rest == nil)
    #expect(aggregator.write(for: key("a")) == nil)
    let second = aggregator.record(event("e2"), key: key("a"), now: .seconds(3), wallTime: wall)
    #expect(second == .write(after: .seconds(8)), "not sooner than 10 s after the last write")
    _ = aggregator.record(event("e3"), key: key("a"), now: .seconds(4), wallTime: wall)
    let write = aggregator.write(for: key("a"))
    #expect(write == .series(name: "e1", namespace: "n", EventSeries(count: 3, lastObservedTime: wall)))
    #expect(aggregator.count == 1)
  }

  @Test func repetitionsBeforeTheFirstWriteGoIntoIt() throws {
    var aggregator = EventAggregator(limits: EventLimits())
    for _ in 0..<3 { _ = aggregator.record(event(), key: key("a"), now: .zero, wallTime: wall) }
    let write = try #require(aggregator.write(for: key("a")))
    guard case .create(let event) = write else {
      Issue.record("\(write)")
      return
    }
    #expect(event.series?.count == 3)
    _ = aggregator.record(event, key: key("a"), now: .zero, wallTime: wall)
    let rest = aggregator.succeeded(write, key: key("a"), now: .seconds(1))
    #expect(rest == .seconds(10), "one came during the write")
  }

  @Test func afterTheWindowItIsANewEvent() throws {
    var aggregator = EventAggregator(limits: EventLimits())
    _ = aggregator.record(event("e1"), key: key("a"), now: .zero, wallTime: wall)
    let write = try #require(aggregator.write(for: key("a")))
    _ = aggregator.succeeded(write, key: key("a"), now: .zero)
    _ = aggregator.record(event("e2"), key: key("a"), now: .seconds(600), wallTime: wall)
    #expect(aggregator.write(for: key("a")) == .create(event("e2")))
  }

  @Test func memoryIsBounded() throws {
    var aggregator = EventAggregator(limits: EventLimits(capacity: 3, maxWaiting: 2))
    var outcomes: [EventAggregator.Outcome] = []
    for name in ["a", "b", "c"] {
      outcomes.append(aggregator.record(event(), key: key(name), now: .zero, wallTime: wall))
    }
    #expect(outcomes == [.write(after: .zero), .write(after: .zero), .dropped])
    for (index, name) in ["a", "b", "c", "d", "e"].enumerated() {
      _ = aggregator.record(event(), key: key(name), now: .seconds(index), wallTime: wall)
      if let write = aggregator.write(for: key(name)) {
        _ = aggregator.succeeded(write, key: key(name), now: .seconds(index))
      }
    }
    #expect(aggregator.count == 3)
    // The latest three are remembered: once more of each is a series.
    for name in ["c", "d", "e"] {
      _ = aggregator.record(event(), key: key(name), now: .seconds(10), wallTime: wall)
      let write = try #require(aggregator.write(for: key(name)))
      if case .create = write { Issue.record("\(name) was forgotten") }
      _ = aggregator.succeeded(write, key: key(name), now: .seconds(10))
    }
  }

  @Test func failuresAreGivenUpAfterAWhile() throws {
    var aggregator = EventAggregator(limits: EventLimits(maxWaiting: 1, attempts: 3))
    _ = aggregator.record(event(), key: key("a"), now: .zero, wallTime: wall)
    var retries: [Bool] = []
    for _ in 0..<3 { retries.append(aggregator.failed(key("a"), isGone: false, canRetry: true, newName: "x")) }
    #expect(retries == [true, true, false])
    #expect(aggregator.count == 0)
    let next = aggregator.record(event(), key: key("b"), now: .zero, wallTime: wall)
    #expect(next == .write(after: .zero), "what was given up takes no room")
    let refused = aggregator.failed(key("b"), isGone: false, canRetry: false, newName: "x")
    #expect(!refused)
  }

  @Test func anEventThatIsGoneIsMadeAnew() throws {
    var aggregator = EventAggregator(limits: EventLimits())
    _ = aggregator.record(event(), key: key("a"), now: .zero, wallTime: wall)
    let write = try #require(aggregator.write(for: key("a")))
    _ = aggregator.succeeded(write, key: key("a"), now: .zero)
    _ = aggregator.record(event(), key: key("a"), now: .seconds(1), wallTime: wall)
    let isRetried = aggregator.failed(key("a"), isGone: true, canRetry: false, newName: "e9")
    #expect(isRetried)
    guard case .create(let event)? = aggregator.write(for: key("a")) else {
      Issue.record("not made anew")
      return
    }
    #expect(event.metadata.name == "e9")
    #expect(event.series?.count == 2)
  }
}
