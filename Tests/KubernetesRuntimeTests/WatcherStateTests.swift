import KubernetesClient
import KubernetesRuntime
import TestSupport
import Testing

/// What the watcher asks for next, input by input.
struct WatcherStateTests {
  typealias Input = WatcherInput<Widget>

  private static let lost = WatchFailure.failed(message: "lost", retryAfter: nil)

  private static func options(
    single: Bool = false, streaming: Bool = false
  ) -> WatcherOptions {
    var options = WatcherOptions()
    options.isSingle = single
    options.streamsInitialList = streaming
    options.pageSize = 2
    options.backoff = Backoff(initial: .seconds(1), max: .seconds(30), factor: 2, jitter: 0)
    return options
  }

  private static func page(_ names: [String], version: String = "10", token: String? = nil) -> Input {
    .listed(ListPage(items: names.map { Widget($0, version: 1) }, resourceVersion: version, continueToken: token))
  }

  private static func watch(_ version: String?, initial: Bool = false) -> WatcherRequest {
    .watch(resourceVersion: version, sendInitialEvents: initial)
  }

  private static func list(_ token: String? = nil, limit: Int? = 2) -> WatcherRequest {
    .list(continueToken: token, limit: limit)
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    var options = WatcherStateTests.options()
    let steps: [(Input, WatcherRequest)]
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(
      name: "pages, then a watch from the first page's version",
      steps: [
        (.started, list()), (page(["a", "b"], version: "10", token: "t"), list("t")),
        (page(["c"], version: "12"), watch("10")), (.opened, .nextEvent),
      ]),
    Case(
      name: "410 between pages: everything in one answer",
      steps: [
        (.started, list()), (page(["a"], token: "t"), list("t")), (.listFailed(.expired), list(limit: nil)),
        (page(["a", "b"], version: "20"), watch("20")),
      ]),
    Case(
      name: "410 again is no reason to hurry",
      steps: [
        (.started, list()), (page(["a"], token: "t"), list("t")), (.listFailed(.expired), list(limit: nil)),
        (.listFailed(.expired), .wait(.seconds(1))), (.timer, list()),
      ]),
    Case(
      name: "a lost watch resumes from the last version, bookmarks included",
      steps: [
        (.started, list()), (page([]), watch("10")), (.opened, .nextEvent),
        (.event(.added(Widget("a", version: 11))), .nextEvent),
        (.event(.bookmark(resourceVersion: "15", initialEventsEnd: false)), .nextEvent),
        (.closed(lost, lasted: .seconds(60)), .wait(.seconds(1))), (.timer, watch("15")),
      ]),
    Case(
      name: "a watch that ends cleanly resumes at once",
      steps: [
        (.started, list()), (page([]), watch("10")), (.opened, .nextEvent),
        (.closed(nil, lasted: .seconds(300)), watch("10")), (.opened, .nextEvent),
        (.closed(nil, lasted: .seconds(300)), watch("10")),
      ]),
    Case(
      name: "a watch that ends at once each time is no hot loop",
      steps: [
        (.started, list()), (page([]), watch("10")), (.opened, .nextEvent),
        (.closed(nil, lasted: .zero), watch("10")), (.opened, .nextEvent),
        (.closed(nil, lasted: .zero), .wait(.seconds(1))), (.timer, watch("10")), (.opened, .nextEvent),
        (.closed(nil, lasted: .zero), .wait(.seconds(2))), (.timer, watch("10")), (.opened, .nextEvent),
        (.event(.added(Widget("a", version: 11))), .nextEvent), (.closed(nil, lasted: .zero), watch("11")),
      ]),
    Case(
      name: "410 on a watch: list again, but not in a hot loop",
      steps: [
        (.started, list()), (page([]), watch("10")), (.closed(.expired, lasted: .zero), .wait(.seconds(1))),
        (.timer, list()), (page([], version: "20"), watch("20")),
        (.closed(.expired, lasted: .zero), .wait(.seconds(2))),
        (.timer, list()), (page([], version: "30"), watch("30")), (.opened, .nextEvent),
        (.closed(.expired, lasted: .seconds(9)), .wait(.seconds(1))),
      ]),
    Case(
      name: "failures in a row wait longer, progress resets that",
      steps: [
        (.started, list()), (page([]), watch("10")), (.closed(lost, lasted: .zero), .wait(.seconds(1))),
        (.timer, watch("10")), (.closed(lost, lasted: .zero), .wait(.seconds(2))), (.timer, watch("10")),
        (.opened, .nextEvent), (.closed(lost, lasted: .milliseconds(10)), .wait(.seconds(4))), (.timer, watch("10")),
        (.opened, .nextEvent), (.event(.added(Widget("a", version: 11))), .nextEvent),
        (.closed(lost, lasted: .zero), .wait(.seconds(1))),
      ]),
    Case(
      name: "Retry-After is waited for",
      steps: [
        (.started, list()),
        (.listFailed(.failed(message: "busy", retryAfter: .seconds(17))), .wait(.seconds(17))), (.timer, list()),
        (.listFailed(.failed(message: "busy", retryAfter: .seconds(86_400))), .wait(.seconds(120))),
      ]),
    Case(
      name: "a kind that isn't served is looked for again, at least every 30 s",
      steps: [
        (.started, list()), (.listFailed(.kindMissing), .wait(.seconds(1))), (.timer, list()),
        (.listFailed(.kindMissing), .wait(.seconds(2))), (.timer, list()),
        (.listFailed(.kindMissing), .wait(.seconds(4))), (.timer, list()),
        (.listFailed(.kindMissing), .wait(.seconds(8))), (.timer, list()),
        (.listFailed(.kindMissing), .wait(.seconds(16))), (.timer, list()),
        (.listFailed(.kindMissing), .wait(.seconds(30))), (.timer, list()), (page([]), watch("10")),
      ]),
    Case(
      name: "the initial list is streamed where the server offers it",
      options: options(streaming: true),
      steps: [
        (.started, watch(nil, initial: true)), (.opened, .nextEvent),
        (.event(.added(Widget("a", version: 3))), .nextEvent),
        (.event(.bookmark(resourceVersion: "10", initialEventsEnd: true)), .nextEvent),
        (.event(.added(Widget("b", version: 11))), .nextEvent), (.closed(nil, lasted: .seconds(9)), watch("11")),
        (.closed(.expired, lasted: .zero), .wait(.seconds(1))), (.timer, watch(nil, initial: true)),
      ]),
    Case(
      name: "a server that refuses to stream isn't asked again",
      options: options(streaming: true),
      steps: [
        (.started, watch(nil, initial: true)), (.closed(.refused(message: "no"), lasted: .zero), list()),
        (page([]), watch("10")), (.closed(.expired, lasted: .seconds(9)), .wait(.seconds(1))), (.timer, list()),
      ]),
    Case(
      name: "neither is one that never says that the list is complete",
      options: options(streaming: true),
      steps: [
        (.started, watch(nil, initial: true)), (.opened, .nextEvent),
        (.event(.added(Widget("a", version: 3))), .nextEvent), (.closed(nil, lasted: .seconds(300)), list()),
      ]),
    Case(
      name: "a streamed list that breaks off starts again",
      options: options(streaming: true),
      steps: [
        (.started, watch(nil, initial: true)), (.opened, .nextEvent),
        (.event(.added(Widget("a", version: 3))), .nextEvent), (.closed(lost, lasted: .zero), .wait(.seconds(1))),
        (.timer, watch(nil, initial: true)),
      ]),
    Case(
      name: "a single object is got, then watched",
      options: options(single: true),
      steps: [
        (.started, .get), (.got(Widget("a", version: 7)), watch("7")), (.opened, .nextEvent),
        (.event(.modified(Widget("a", version: 9))), .nextEvent), (.closed(nil, lasted: .seconds(9)), watch("9")),
      ]),
    Case(
      name: "a server that fails to stream the initial list is asked for pages after a pause",
      options: options(streaming: true),
      steps: [
        (.started, watch(nil, initial: true)), (.opened, .nextEvent),
        (.closed(lost, lasted: .zero), .wait(.seconds(1))),
        (.timer, list()), (page(["a"]), watch("10")),
      ]),
    Case(
      name: "a single object that isn't there is watched for without a version",
      options: options(single: true),
      steps: [
        (.started, .get), (.got(nil), watch(nil)), (.opened, .nextEvent), (.closed(nil, lasted: .seconds(9)), .get),
        (.got(nil), watch(nil)), (.opened, .nextEvent),
        (.event(.bookmark(resourceVersion: "30", initialEventsEnd: false)), .nextEvent),
        (.closed(nil, lasted: .seconds(9)), watch("30")),
      ]),
    Case(
      name: "a single object that is older than what the server remembers is read while the watch is open",
      options: options(single: true),
      steps: [
        (.started, .get), (.got(Widget("a", version: 7)), watch("7")), (.closed(.expired, lasted: .zero), watch(nil)),
        (.opened, .get), (.got(Widget("a", version: 7)), .nextEvent),
        (.event(.bookmark(resourceVersion: "30", initialEventsEnd: false)), .nextEvent),
        (.closed(nil, lasted: .seconds(9)), watch("30")),
      ]),
    Case(
      name: "nor is that a hot loop",
      options: options(single: true),
      steps: [
        (.started, .get), (.got(Widget("a", version: 7)), watch("7")), (.closed(.expired, lasted: .zero), watch(nil)),
        (.opened, .get), (.got(Widget("a", version: 7)), .nextEvent),
        (.closed(.expired, lasted: .zero), .wait(.seconds(1))),
        (.timer, watch(nil)), (.opened, .get), (.getFailed(lost), .wait(.seconds(4))), (.timer, watch(nil)),
      ]),
  ]

  @Test(arguments: cases)
  func asks(_ test: Case) {
    var state = WatcherState<Widget>(options: test.options)
    var generator = SeededGenerator(seed: 1)
    for (index, (input, expected)) in test.steps.enumerated() {
      let step = state.handle(input, using: &generator)
      #expect(step.request == expected, "step \(index)")
    }
  }
}
