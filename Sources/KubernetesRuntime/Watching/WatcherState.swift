package import KubernetesClient

/// Follows a collection, or a single object, through list and watch: decides, and does no I/O.
///
/// A shell feeds it the outcome of each request and carries out the next. What it guarantees, whatever the order of
/// failures:
/// - After each complete list and all events since, the effects add up to what the server has.
/// - A lost or finished watch resumes from the last resourceVersion that was seen, bookmarks included; nothing is
///   listed again unless the server no longer has that version (410).
/// - A list that can't be completed has no effect on the objects: the last ones stay, and the availability says so.
/// - Failures in a row wait longer each time, with jitter; progress resets that. A watch that ends cleanly resumes
///   at once, but one that ends at once each time counts as failing.
///
/// A single object is read with `get`, and watched from its resourceVersion. That version may be far older than what
/// the server still remembers, when the object didn't change for long. Then the watch is opened without a version,
/// and the object is read once more after it is open, so that a deletion in between isn't missed; events older than
/// that reading are dropped.
package struct WatcherState<R: KubernetesResource>: Sendable {
  /// What the outstanding request is for.
  private enum Phase: Sendable {
    case idle
    /// Pages so far, and the resourceVersion of the first.
    case listing(items: [R], resourceVersion: String?, isPaged: Bool)
    case getting
    /// `anchored`: the object is read after the watch is open.
    case opening(anchored: Bool)
    /// Reads the object while the watch is open.
    case anchoring
    /// The server streams what it has; complete at a bookmark that says so.
    case streaming(items: [ObjectKey: R])
    case watching
    case waiting(Resume)
  }

  /// How to go on after a wait.
  private enum Resume: Sendable {
    case readAgain
    case watch
    case anchoredWatch
  }

  private let options: WatcherOptions
  private var phase = Phase.idle
  /// Where to resume the watch.
  private var resourceVersion: String?
  private var streams: Bool
  /// Failures since the last progress.
  private var failures = 0
  /// Whether the open watch has brought objects since it was opened.
  private var hasProgressed = false

  package init(options: WatcherOptions = .init()) {
    self.options = options
    streams = options.streamsInitialList && !options.isSingle
  }

  /// Takes the outcome of the last request and says what follows from it.
  package mutating func handle(
    _ input: WatcherInput<R>, using generator: inout some RandomNumberGenerator
  ) -> WatcherStep<R> {
    switch input {
    case .started: readAgain()
    case .timer: resume()
    case .listed(let page): listed(page)
    case .listFailed(let failure): listFailed(failure, using: &generator)
    case .got(let object): got(object)
    case .getFailed(let failure): getFailed(failure, using: &generator)
    case .opened: opened()
    case .event(let event): take(event)
    case .closed(let failure, let lasted): closed(failure, lasted: lasted, using: &generator)
    }
  }

  // MARK: Reading everything

  private mutating func readAgain(isPaged: Bool = true) -> WatcherStep<R> {
    resourceVersion = nil
    if options.isSingle {
      phase = .getting
      return WatcherStep(request: .get)
    }
    if streams {
      phase = .streaming(items: [:])
      return WatcherStep(request: .watch(resourceVersion: nil, sendInitialEvents: true))
    }
    phase = .listing(items: [], resourceVersion: nil, isPaged: isPaged)
    return WatcherStep(request: .list(continueToken: nil, limit: isPaged ? options.pageSize : nil))
  }

  private mutating func listed(_ page: ListPage<R>) -> WatcherStep<R> {
    guard case .listing(var items, let first, let isPaged) = phase else { return readAgain() }
    items.append(contentsOf: page.items)
    // All pages show the state at the first one's version; a later one must not let changes in between be skipped.
    let version = first ?? page.resourceVersion
    if let token = page.continueToken, !token.isEmpty {
      phase = .listing(items: items, resourceVersion: version, isPaged: isPaged)
      return WatcherStep(request: .list(continueToken: token, limit: isPaged ? options.pageSize : nil))
    }
    remember(version)
    var step = openWatch()
    step.effects = [.replace(items), .availability(.available)]
    return step
  }

  private mutating func listFailed(
    _ failure: WatchFailure, using generator: inout some RandomNumberGenerator
  ) -> WatcherStep<R> {
    if failure == .expired, case .listing(_, _, isPaged: true) = phase {
      // The snapshot that the pages belong to is gone: everything in one answer can't lose it.
      return readAgain(isPaged: false)
    }
    return wait(.readAgain, after: failure, isUnavailable: true, using: &generator)
  }

  private mutating func got(_ object: R?) -> WatcherStep<R> {
    remember(object?.metadata.resourceVersion)
    var step: WatcherStep<R>
    if case .anchoring = phase {
      phase = .watching
      step = WatcherStep(request: .nextEvent)
    } else {
      step = openWatch()
    }
    step.effects = [.replace(object.map { [$0] } ?? []), .availability(.available)]
    return step
  }

  private mutating func getFailed(
    _ failure: WatchFailure, using generator: inout some RandomNumberGenerator
  ) -> WatcherStep<R> {
    if case .anchoring = phase {
      return wait(.anchoredWatch, after: failure, isUnavailable: true, using: &generator)
    }
    return wait(.readAgain, after: failure, isUnavailable: true, using: &generator)
  }

  // MARK: Following changes

  private mutating func openWatch(anchored: Bool = false) -> WatcherStep<R> {
    if anchored { resourceVersion = nil }
    phase = .opening(anchored: anchored)
    return WatcherStep(request: .watch(resourceVersion: resourceVersion, sendInitialEvents: false))
  }

  private mutating func opened() -> WatcherStep<R> {
    hasProgressed = false
    switch phase {
    case .opening(anchored: true):
      phase = .anchoring
      return WatcherStep(request: .get)
    case .streaming:
      return WatcherStep(request: .nextEvent)
    default:
      phase = .watching
      return WatcherStep(effects: [.availability(.available)], request: .nextEvent)
    }
  }

  private mutating func take(_ event: WatchEvent<R>) -> WatcherStep<R> {
    if case .streaming(let items) = phase { return takeInitial(event, items: items) }
    var step = WatcherStep<R>(request: .nextEvent)
    switch event {
    case .added(let object), .modified(let object):
      guard !isOutdated(object) else { return step }
      step.effects = [.upsert(object)]
      progress(to: object.metadata.resourceVersion)
    case .deleted(let object):
      guard !isOutdated(object) else { return step }
      step.effects = [.remove(object)]
      progress(to: object.metadata.resourceVersion)
    case .bookmark(let version, _):
      remember(version)
    }
    return step
  }

  /// Collects a streamed initial list until the bookmark that ends it.
  private mutating func takeInitial(_ event: WatchEvent<R>, items: [ObjectKey: R]) -> WatcherStep<R> {
    var items = items
    phase = .idle  // Lets go of the other reference, so that the dictionary isn't copied for each event.
    switch event {
    case .added(let object), .modified(let object): items[object.key] = object
    case .deleted(let object): items[object.key] = nil
    case .bookmark(let version, initialEventsEnd: true):
      remember(version)
      phase = .watching
      return WatcherStep(
        effects: [.replace(Array(items.values)), .availability(.available)], request: .nextEvent)
    case .bookmark: break
    }
    phase = .streaming(items: items)
    return WatcherStep(request: .nextEvent)
  }

  private mutating func closed(
    _ failure: WatchFailure?, lasted: Duration, using generator: inout some RandomNumberGenerator
  ) -> WatcherStep<R> {
    let wasGood = hasProgressed || lasted >= options.stableAfter
    if wasGood { failures = 0 }
    hasProgressed = false
    if case .streaming(let items) = phase {
      return streamingClosed(failure, broughtObjects: !items.isEmpty, using: &generator)
    }
    switch failure {
    case .expired:
      resourceVersion = nil
      failures += 1
      // A list isn't asked for at once even the first time: a server that was started anew says this to all its clients.
      if options.isSingle {
        if failures == 1 { return resume(.anchoredWatch) }
        return wait(.anchoredWatch, delay: options.backoff.delay(attempt: failures - 1, using: &generator))
      }
      return wait(.readAgain, delay: options.backoff.delay(attempt: failures, using: &generator))
    case .kindMissing:
      return wait(.readAgain, after: .kindMissing, isUnavailable: true, using: &generator)
    case .forbidden(let message):
      return wait(.watch, after: .forbidden(message: message), isUnavailable: true, using: &generator)
    case .refused, .failed:
      let isUnavailable = failures + 1 >= options.failuresUntilUnavailable
      return wait(.watch, after: failure, isUnavailable: isUnavailable, using: &generator)
    case nil:
      if wasGood { return resume(.watch) }
      failures += 1
      if failures == 1 { return resume(.watch) }
      return wait(.watch, delay: options.backoff.delay(attempt: failures - 1, using: &generator))
    }
  }

  /// The stream of the initial list ended before it was complete.
  private mutating func streamingClosed(
    _ failure: WatchFailure?, broughtObjects: Bool, using generator: inout some RandomNumberGenerator
  ) -> WatcherStep<R> {
    switch failure {
    case nil, .refused, .expired:
      // A server without this feature refuses it, or ignores it and never says that the list is complete.
      streams = false
      return readAgain()
    case .failed where !broughtObjects:
      // A server may fail at this where it can list: API servers with an etcd that reports no progress say 500.
      streams = false
      return wait(.readAgain, after: failure, isUnavailable: true, using: &generator)
    case .some(let failure):
      return wait(.readAgain, after: failure, isUnavailable: true, using: &generator)
    }
  }

  // MARK: Waiting and going on

  private mutating func wait(
    _ next: Resume, after failure: WatchFailure?, isUnavailable: Bool, using generator: inout some RandomNumberGenerator
  ) -> WatcherStep<R> {
    failures += 1
    var delay = options.backoff.delay(attempt: failures, using: &generator)
    if case .failed(_, let retryAfter?) = failure {
      delay = max(delay, min(retryAfter, options.longestRetryAfter))
    }
    var step = wait(next, delay: delay)
    if isUnavailable, let failure {
      step.effects = [.availability(.unavailable(reason: UnavailableReason(failure)))]
    }
    return step
  }

  private mutating func wait(_ next: Resume, delay: Duration) -> WatcherStep<R> {
    phase = .waiting(next)
    return WatcherStep(request: .wait(delay))
  }

  private mutating func resume() -> WatcherStep<R> {
    guard case .waiting(let next) = phase else { return readAgain() }
    return resume(next)
  }

  private mutating func resume(_ next: Resume) -> WatcherStep<R> {
    switch next {
    case .readAgain: readAgain()
    case .anchoredWatch: openWatch(anchored: true)
    // Without a version to resume from, a deletion in between would be missed.
    case .watch: resourceVersion == nil ? readAgain() : openWatch()
    }
  }

  private mutating func progress(to version: String?) {
    hasProgressed = true
    failures = 0
    remember(version)
  }

  private mutating func remember(_ version: String?) {
    guard let version, !version.isEmpty, version != "0" else { return }
    resourceVersion = version
  }

  /// Whether a single object's event is older than what was read: a watch that is opened without a version may begin
  /// in the past.
  private func isOutdated(_ object: R) -> Bool {
    guard options.isSingle, let seen = resourceVersion.flatMap({ UInt64($0) }),
      let version = object.metadata.resourceVersion.flatMap({ UInt64($0) })
    else { return false }
    return version < seen
  }
}

extension UnavailableReason {
  init(_ failure: WatchFailure) {
    self =
      switch failure {
      case .expired: .failing(message: "the server no longer has the version to go on from")
      case .kindMissing: .kindMissing
      case .forbidden(let message): .forbidden(message: message)
      case .refused(let message), .failed(let message, _): .failing(message: message)
      }
  }
}
