import KubernetesClient
import KubernetesRuntime
import TestSupport
import Testing

/// Whatever happens to the objects, the server and the connection: in the end the store holds what the server has, and
/// the changes that handlers were told add up to it.
struct WatcherHistoryTests {
  enum Mode: CaseIterable, Sendable {
    case pages, streaming, streamingRefused, streamingIgnored, single
  }

  @Test(arguments: Mode.allCases)
  func storeEqualsServer(mode: Mode) {
    for seed in seeds("watcher history, \(mode)", count: 60) {
      var run = History(mode: mode, seed: seed)
      run.run()
      #expect(run.problems == [], "seed \(seed)")
    }
  }
}

/// One random history.
private struct History {
  let mode: WatcherHistoryTests.Mode
  var generator: SeededGenerator
  var server = ModelServer()
  var state: WatcherState<Widget>
  let store = Store<Widget>()
  var replayed: [ObjectKey: Widget] = [:]
  var stream: ModelServer.Stream?
  var availability = Availability.pending
  /// Lists that were begun, and reasons for one.
  var lists = 0
  var reasonsToList = 1
  var problems: [String] = []

  init(mode: WatcherHistoryTests.Mode, seed: UInt64) {
    self.mode = mode
    generator = SeededGenerator(seed: seed)
    var options = WatcherOptions()
    options.pageSize = 2
    options.isSingle = mode == .single
    options.streamsInitialList = mode != .pages && mode != .single
    state = WatcherState(options: options)
  }

  private var name: String? { mode == .single ? "w0" : nil }

  private mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &generator) < percent
  }

  private mutating func failure() -> WatchFailure {
    let failures: [WatchFailure] = [
      .failed(message: "lost", retryAfter: nil), .failed(message: "busy", retryAfter: .seconds(1)), .kindMissing,
      .forbidden(message: "no"),
    ]
    return failures[Int.random(in: 0..<failures.count, using: &generator)]
  }

  mutating func run() {
    var input = WatcherInput<Widget>.started
    for _ in 0..<300 {
      if chance(40) { server.change(using: &generator) }
      input = turn(input, isQuiet: false)
    }
    // From here on nothing changes and nothing fails.
    for _ in 0..<400 {
      input = turn(input, isQuiet: true)
    }
    let expected = server.objects.filter { name == nil || $0.key == name }
    let found = Dictionary(uniqueKeysWithValues: store.all.map { ($0.key.name, $0) })
    if found != expected { problems.append("store \(found) differs from server \(expected)") }
    if Dictionary(uniqueKeysWithValues: replayed.map { ($0.key.name, $0.value) }) != found {
      problems.append("the changes don't add up to the store")
    }
    if !availability.isAvailable { problems.append("not available in the end: \(availability)") }
    if !store.isSynced { problems.append("not synced") }
    if lists > reasonsToList { problems.append("\(lists) lists for \(reasonsToList) reasons") }
  }

  private mutating func turn(_ input: WatcherInput<Widget>, isQuiet: Bool) -> WatcherInput<Widget> {
    let step = state.handle(input, using: &generator)
    for effect in step.effects { apply(effect) }
    switch step.request {
    case .list(let token, let limit):
      stream = nil
      if token == nil { lists += 1 }
      if !isQuiet && chance(15) {
        reasonsToList += 1
        return .listFailed(failure())
      }
      do throws(WatchFailure) {
        return .listed(try server.list(token: token, limit: limit))
      } catch {
        reasonsToList += 1
        return .listFailed(error)
      }
    case .get:
      if !isQuiet && chance(15) { return .getFailed(failure()) }
      return .got(server.objects["w0"])
    case .watch(let version, let initial):
      stream = nil
      if initial { return openStreaming(isQuiet: isQuiet) }
      if !isQuiet && chance(15) { return closed(failure(), lasted: .zero) }
      do throws(WatchFailure) {
        stream = try server.watch(from: version, name: name, sendInitialEvents: false)
        return .opened
      } catch {
        return closed(error, lasted: .zero)
      }
    case .nextEvent:
      return nextEvent(isQuiet: isQuiet)
    case .wait(let delay):
      stream = nil
      if delay <= .zero || delay > .seconds(31) { problems.append("a wait of \(delay)") }
      return .timer
    }
  }

  private mutating func openStreaming(isQuiet: Bool) -> WatcherInput<Widget> {
    lists += 1
    if mode == .streamingRefused {
      reasonsToList += 1
      return .closed(.refused(message: "no"), lasted: .zero)
    }
    if !isQuiet && chance(15) {
      reasonsToList += 1
      return .closed(failure(), lasted: .zero)
    }
    do throws(WatchFailure) {
      stream = try server.watch(from: nil, name: name, sendInitialEvents: mode == .streaming)
      return .opened
    } catch {
      return .closed(error, lasted: .zero)
    }
  }

  private mutating func nextEvent(isQuiet: Bool) -> WatcherInput<Widget> {
    if !isQuiet && chance(10) { return closed(chance(50) ? failure() : nil, lasted: .seconds(chance(50) ? 0 : 60)) }
    guard var open = stream else { return closed(nil, lasted: .zero) }
    do throws(WatchFailure) {
      let event = try server.next(&open)
      stream = open
      if let event { return .event(event) }
    } catch {
      return closed(error, lasted: .seconds(5))
    }
    // Nothing is there: a bookmark, or the end of the watch.
    if chance(50), mode != .streamingIgnored || store.isSynced {
      return .event(.bookmark(resourceVersion: "\(open.position)", initialEventsEnd: false))
    }
    return closed(nil, lasted: .seconds(60))
  }

  private mutating func closed(_ failure: WatchFailure?, lasted: Duration) -> WatcherInput<Widget> {
    stream = nil
    // A streamed list that is cut off, and a kind that isn't there, are listed again too.
    if failure == .expired || failure == .kindMissing || mode == .streaming || !store.isSynced { reasonsToList += 1 }
    return .closed(failure, lasted: lasted)
  }

  private mutating func apply(_ effect: WatcherEffect<Widget>) {
    switch effect {
    case .upsert(let object): replay(store.upsert(object))
    case .remove(let object): if let change = store.remove(object.key) { replay(change) }
    case .replace(let objects): for change in store.replace(with: objects) { replay(change) }
    case .availability(let availability): self.availability = availability
    }
  }

  private mutating func replay(_ change: StoreChange<Widget>) {
    switch change {
    case .upserted(let old, let new):
      if replayed[new.key] != old { problems.append("\(new.key) changed from what it wasn't") }
      replayed[new.key] = new
    case .removed(let old):
      if replayed.removeValue(forKey: old.key) == nil { problems.append("\(old.key) was removed twice") }
    case .synced: break
    }
  }
}
