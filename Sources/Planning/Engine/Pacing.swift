/// How several nodes keep one least time between starts without talking to each other: of `slots` · interval, each
/// gets its own residue, so two starts are never at the same multiple of the interval.
///
/// The number of slots holds for as long as grants with it are in force (an epoch). Clocks that differ move a
/// node's starts by as much.
struct Pacing: Sendable {
  /// In whole milliseconds.
  let interval: Int64

  /// nil where starts aren't paced.
  init?(_ interval: Duration) {
    let microseconds = interval.wholeMicroseconds
    guard microseconds > 0 else { return nil }
    self.interval = (microseconds + 999) / 1000
  }

  enum Epoch: Equatable {
    /// Nothing is in force: the next grant opens an epoch.
    case none
    case running(slots: Int64, taken: Set<Int64>)
    /// Grants that keep to another rhythm must end first.
    case other
  }

  func epoch(of grants: [GrantPacing?]) -> Epoch {
    guard let first = grants.first else { return .none }
    var taken: Set<Int64> = []
    for grant in grants {
      guard let grant, grant.every == first?.every, let slot = slot(of: grant) else { return .other }
      taken.insert(slot)
    }
    guard let every = first?.every.wholeMilliseconds else { return .other }
    return .running(slots: every / interval, taken: taken)
  }

  /// - Returns: nil where the grant keeps to another rhythm.
  func slot(of grant: GrantPacing) -> Int64? {
    let every = grant.every.wholeMilliseconds
    let offset = grant.offset.wholeMilliseconds
    guard every > 0, every % interval == 0, offset % interval == 0 else { return nil }
    return offset / interval
  }

  func grant(slot: Int64, of slots: Int64) -> GrantPacing {
    GrantPacing(every: .milliseconds(slots * interval), offset: .milliseconds(slot * interval))
  }

  /// How many nodes an epoch that begins now makes room for.
  static func slots(limits: BudgetLimits, candidates: Int) -> Int64 {
    Int64(max(1, min(limits.maxConcurrentNodes, candidates)))
  }
}

extension Duration {
  var wholeMilliseconds: Int64 { wholeMicroseconds / 1000 }
}
