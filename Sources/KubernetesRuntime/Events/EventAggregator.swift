package import KubernetesClient

/// What an event is about, as far as repetitions are told apart.
package struct EventKey: Hashable, Sendable {
  package var regarding: ObjectReference
  package var reason: String
  package var type: EventType

  package init(regarding: ObjectReference, reason: String, type: EventType) {
    // The same thing about a later version of the object is still the same thing.
    self.regarding = regarding
    self.regarding.resourceVersion = nil
    self.reason = reason
    self.type = type
  }
}

/// Counts occurrences and says what to write about them: does no I/O, and stays bounded.
///
/// Times are durations on any scale that only goes forward, except where they are written.
package struct EventAggregator: Sendable {
  /// Whether an occurrence was taken.
  package enum Outcome: Sendable, Hashable {
    /// Something is to be written, at the earliest after this delay.
    case write(after: Duration)
    /// Too much waits already.
    case dropped
  }

  /// A write about one thing.
  package enum Write: Sendable, Hashable {
    case create(Event)
    case series(name: String, namespace: String, EventSeries)
  }

  private struct Entry: Sendable {
    var event: Event
    var count: Int32
    var lastTime: MicroTime
    var lastSeen: Duration
    /// How many occurrences the server knows of; zero while the event doesn't exist.
    var writtenCount: Int32 = 0
    var lastWrite: Duration?
    var failures = 0

    var isWaiting: Bool { count > writtenCount }
  }

  private let limits: EventLimits
  private var entries: [EventKey: Entry] = [:]
  private var waitingCount = 0

  package init(limits: EventLimits) {
    self.limits = limits
  }

  /// How many things are remembered.
  package var count: Int { entries.count }

  /// The things about which something is to be written.
  package var waiting: [EventKey] { entries.filter { $0.value.isWaiting }.map(\.key) }

  /// Counts one occurrence.
  ///
  /// - Parameters:
  ///   - event: what is written the first time.
  ///   - now: the time of the occurrence.
  ///   - wallTime: the same as a time of day.
  package mutating func record(_ event: Event, key: EventKey, now: Duration, wallTime: MicroTime) -> Outcome {
    if var entry = entries[key], entry.isWaiting || now - entry.lastSeen < limits.window {
      if !entry.isWaiting {
        guard waitingCount < limits.maxWaiting else { return .dropped }
        waitingCount += 1
      }
      entry.count = entry.count == .max ? .max : entry.count + 1
      entry.lastTime = wallTime
      entry.lastSeen = now
      entries[key] = entry
      let earliest = entry.lastWrite.map { $0 + limits.minInterval } ?? now
      return .write(after: max(.zero, earliest - now))
    }
    guard waitingCount < limits.maxWaiting else { return .dropped }
    entries[key] = nil
    makeRoom()
    entries[key] = Entry(event: event, count: 1, lastTime: wallTime, lastSeen: now)
    waitingCount += 1
    return .write(after: .zero)
  }

  /// What to write about this thing now; nil where the server knows all.
  package func write(for key: EventKey) -> Write? {
    guard let entry = entries[key], entry.isWaiting else { return nil }
    let series = EventSeries(count: entry.count, lastObservedTime: entry.lastTime)
    guard entry.writtenCount > 0 else {
      var event = entry.event
      // A series of one is refused.
      if entry.count > 1 { event.series = series }
      return .create(event)
    }
    return .series(
      name: entry.event.metadata.name ?? "", namespace: entry.event.metadata.namespace ?? "", series)
  }

  /// The write was done; occurrences that came since are still to be written.
  ///
  /// - Returns: after which delay to write again; nil where nothing is left.
  package mutating func succeeded(_ write: Write, key: EventKey, now: Duration) -> Duration? {
    guard var entry = entries[key] else { return nil }
    switch write {
    case .create(let event): entry.writtenCount = event.series?.count ?? 1
    case .series(_, _, let series): entry.writtenCount = series.count
    }
    entry.lastWrite = now
    entry.failures = 0
    entries[key] = entry
    guard !entry.isWaiting else { return limits.minInterval }
    waitingCount -= 1
    return nil
  }

  /// The write failed.
  ///
  /// - Parameters:
  ///   - isGone: whether the event that was to be counted up isn't there any more.
  ///   - canRetry: whether the same write may succeed later.
  /// - Returns: whether to try again; if not, it is given up.
  package mutating func failed(_ key: EventKey, isGone: Bool, canRetry: Bool, newName: String) -> Bool {
    guard var entry = entries[key] else { return false }
    entry.failures += 1
    if (isGone || canRetry) && entry.failures < limits.attempts {
      if isGone {
        entry.writtenCount = 0
        entry.event.metadata.name = newName
      }
      entries[key] = entry
      return true
    }
    entries[key] = nil
    waitingCount -= 1
    return false
  }

  /// Forgets the thing that was quiet longest, if there are too many.
  private mutating func makeRoom() {
    guard entries.count >= limits.capacity else { return }
    let quietest = entries.filter { !$0.value.isWaiting }.min { $0.value.lastSeen < $1.value.lastSeen }
    if let quietest { entries[quietest.key] = nil }
  }
}
