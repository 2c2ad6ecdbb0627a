package import KubernetesClient

/// When the runtime's images are listed: at once after own work, shortly after the runtime said that something
/// changed and once more because its list may lag behind, and now and then anyway.
package struct ListSchedule: Sendable {
  static let afterChange = Duration.milliseconds(150)
  static let afterLag = Duration.milliseconds(1200)
  /// How often where the runtime tells of changes, and where it doesn't.
  static let periodWithEvents = Duration.seconds(300)
  static let periodWithoutEvents = Duration.seconds(30)
  /// The same while somebody else is pulling for us.
  static let watchfulPeriod = Duration.seconds(5)

  /// The number of the list that starts next.
  package private(set) var nextSequence = 1
  package private(set) var isListing = false
  private var soon: Timestamp?
  private var later: Timestamp?
  private var lastListed: Timestamp?
  package var hasEvents = false

  package init() {}

  /// Something of our own finished: look at once.
  package mutating func request(now: Timestamp) { soon = min(soon ?? now, now) }

  /// The runtime said that something changed.
  package mutating func noteChange(now: Timestamp) {
    soon = min(soon ?? now + Self.afterChange, now + Self.afterChange)
    later = now + Self.afterLag
  }

  /// Try again after a failure, and not before.
  package mutating func postpone(until time: Timestamp) {
    soon = time
    later = nil
  }

  /// When the next list is due; nil while one runs.
  ///
  /// - Parameter isWatchful: whether images are expected that somebody else pulls.
  package func dueAt(isWatchful: Bool = false, now: Timestamp) -> Timestamp? {
    if isListing { return nil }
    guard let lastListed else { return soon ?? now }
    let period =
      hasEvents ? Self.periodWithEvents : isWatchful ? Self.watchfulPeriod : Self.periodWithoutEvents
    // A clock that was set back must not put the next list off for as long.
    let periodic = lastListed > now ? now : lastListed + period
    return [soon, later, periodic].compactMap { $0 }.min()
  }

  package mutating func start(now: Timestamp) -> Int {
    isListing = true
    lastListed = now
    soon = nil
    if let due = later, due <= now { later = nil }
    defer { nextSequence += 1 }
    return nextSequence
  }

  package mutating func finish() { isListing = false }
}
