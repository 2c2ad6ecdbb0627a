import DequeModule
import HeapModule

/// Which keys wait, which are being worked on, and which are due later: decides, and does no waiting.
///
/// Times are durations on any scale that only goes forward.
package struct WorkQueueState<Key: Hashable & Sendable>: Sendable {
  private struct Entry: Comparable, Sendable {
    let due: Duration
    /// Entries that are due at the same time go in the order in which they came.
    let sequence: UInt64
    let key: Key

    static func < (left: Entry, right: Entry) -> Bool {
      (left.due, left.sequence) < (right.due, right.sequence)
    }

    static func == (left: Entry, right: Entry) -> Bool {
      left.sequence == right.sequence
    }
  }

  private var ready: Deque<Key> = []
  /// Keys that somebody added and nobody has taken since.
  private var pending: Set<Key> = []
  private var working: Set<Key> = []
  /// The entry that counts for each delayed key. The heap may hold outdated ones beside it.
  private var delayed: [Key: UInt64] = [:]
  private var dueTimes: [Key: Duration] = [:]
  private var schedule: Heap<Entry> = []
  private var nextSequence: UInt64 = 0
  private var failures: [Key: Int] = [:]
  package private(set) var isShutDown = false

  package init() {}

  /// Keys that could be taken now.
  package var depth: Int { ready.count }

  /// Keys that were taken and not given back.
  package var workingCount: Int { working.count }

  /// Keys that are due later.
  package var delayedCount: Int { delayed.count }

  /// When the next delayed key is due; nil where there is none.
  package var nextDue: Duration? {
    mutating get {
      dropOutdated()
      return schedule.min?.due
    }
  }

  /// Adds a key, to be taken once more after this.
  ///
  /// - Returns: whether that changed anything: not when the key waits already, or after the shutdown.
  package mutating func add(_ key: Key) -> Bool {
    guard !isShutDown, pending.insert(key).inserted else { return false }
    if !working.contains(key) { ready.append(key) }
    return true
  }

  /// Adds a key at a later time. Where it was to be added later already, the earlier time counts.
  ///
  /// - Returns: whether that changed anything.
  package mutating func add(_ key: Key, at due: Duration) -> Bool {
    guard !isShutDown else { return false }
    if let planned = dueTimes[key], planned <= due { return false }
    nextSequence += 1
    dueTimes[key] = due
    delayed[key] = nextSequence
    schedule.insert(Entry(due: due, sequence: nextSequence, key: key))
    return true
  }

  /// Adds the delayed keys whose time has come.
  ///
  /// - Returns: how many of them weren't waiting already.
  package mutating func promote(now: Duration) -> Int {
    var count = 0
    dropOutdated()
    while let entry = schedule.min, entry.due <= now {
      schedule.removeMin()
      delayed[entry.key] = nil
      dueTimes[entry.key] = nil
      if add(entry.key) { count += 1 }
      dropOutdated()
    }
    return count
  }

  /// Takes the next key. The caller has it alone until it calls `done`.
  package mutating func take() -> Key? {
    guard let key = ready.popFirst() else { return nil }
    pending.remove(key)
    working.insert(key)
    return key
  }

  /// Gives back a key that was taken. Where it was added meanwhile, it can be taken again.
  package mutating func done(_ key: Key) {
    guard working.remove(key) != nil else { return }
    if pending.contains(key) { ready.append(key) }
  }

  /// Counts a failure of this key.
  ///
  /// - Returns: how many there were since `forget`.
  package mutating func countFailure(_ key: Key) -> Int {
    failures[key, default: 0] += 1
    return failures[key] ?? 1
  }

  /// Sets this key's failures to none.
  package mutating func forget(_ key: Key) {
    failures[key] = nil
  }

  /// How often this key failed since `forget`.
  package func failureCount(_ key: Key) -> Int { failures[key] ?? 0 }

  /// From now on nothing is added, and what waits or is delayed is dropped. Keys that were taken can be given back.
  package mutating func shutDown() {
    isShutDown = true
    ready = []
    pending = []
    delayed = [:]
    dueTimes = [:]
    schedule = []
  }

  /// Removes entries that a newer one has replaced from the front of the schedule.
  private mutating func dropOutdated() {
    while let entry = schedule.min, delayed[entry.key] != entry.sequence {
      schedule.removeMin()
    }
  }
}
