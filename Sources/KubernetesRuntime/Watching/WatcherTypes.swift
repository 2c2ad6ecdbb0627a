package import KubernetesClient

/// What a watcher asks its shell to do next. There is always exactly one request, and its outcome is the next input.
package enum WatcherRequest: Sendable, Hashable {
  /// List one page, from the token of the page before; no limit means everything in one answer.
  case list(continueToken: String?, limit: Int?)
  /// Get the single object. An open stream stays open.
  case get
  /// Open a watch; an open one is dropped. Without a resourceVersion it begins with an event for each object that
  /// is there.
  case watch(resourceVersion: String?, sendInitialEvents: Bool)
  /// Take the next event from the open stream.
  case nextEvent
  /// Wait; an open stream is dropped.
  case wait(Duration)
}

/// What became of a watcher's request.
package enum WatcherInput<R: KubernetesResource>: Sendable {
  /// The shell is ready. The first input, and only that.
  case started
  case listed(ListPage<R>)
  case listFailed(WatchFailure)
  /// The answer to `get`; nil when there is no such object.
  case got(R?)
  case getFailed(WatchFailure)
  case opened
  case event(WatchEvent<R>)
  /// The watch couldn't be opened, or its stream is over: cleanly where there is no failure. `lasted` is the time
  /// since it was opened, zero if it wasn't.
  case closed(WatchFailure?, lasted: Duration)
  /// The wait is over.
  case timer
}

/// What a watcher tells the store and the handlers.
package enum WatcherEffect<R: KubernetesResource>: Sendable {
  case upsert(R)
  case remove(R)
  /// These are all the objects there are.
  case replace([R])
  case availability(Availability)
}

/// A request that failed, as far as a watcher tells failures apart.
package enum WatchFailure: Error, Sendable, Hashable {
  /// The resourceVersion or continue token is too old (410).
  case expired
  /// The server has no such kind (404).
  case kindMissing
  /// The credentials don't allow it (401, 403).
  case forbidden(message: String)
  /// The server refuses the request as it stands (400, 422).
  case refused(message: String)
  /// Anything else; another try may do. The server may have said how long to wait.
  case failed(message: String, retryAfter: Duration?)
}

/// A watcher's answer to an input: what changed, in order, and what to do next.
package struct WatcherStep<R: KubernetesResource>: Sendable {
  package var effects: [WatcherEffect<R>] = []
  package var request: WatcherRequest
}

/// How a watcher goes about it.
package struct WatcherOptions: Sendable {
  /// The single object's mode: get and watch, never list.
  package var isSingle = false
  /// Objects in one page of a list.
  package var pageSize = 500
  /// Whether the server is expected to stream the initial list.
  package var streamsInitialList = false
  /// Delays after failures.
  package var backoff = Backoff(initial: .milliseconds(500), max: .seconds(30), factor: 2, jitter: 0.5)
  /// A watch that lasted so long was a good one, whether or not anything came.
  package var stableAfter = Duration.seconds(1)
  /// A Retry-After longer than this is cut.
  package var longestRetryAfter = Duration.seconds(120)
  /// After so many failures in a row to follow changes, the store no longer counts as current.
  package var failuresUntilUnavailable = 3

  package init() {}
}
