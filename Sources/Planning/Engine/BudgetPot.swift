/// One budget: its limits, the grants in force, and the nodes that wait for a turn.
struct BudgetPot: Sendable {
  struct Record: Sendable {
    var grant: PullGrant
    let nodeUID: String
    /// The latest `until` that may have been written; nil while it certainly wasn't.
    var writtenUntil: Instant?
    /// The node's work when the grant was given; nil where somebody else gave it.
    let fingerprint: Int?
    /// The interval of its rhythm; zero where it has none or somebody else gave it.
    let interval: Duration

    /// Until when the node may pull under it, whatever its clock says.
    var end: Instant { max(grant.until, writtenUntil ?? grant.until) + PullGrant.margin }
  }

  struct Waiter: Equatable, Sendable {
    var priority: Int32
    var since: Instant
    /// How many pulls could start now, by registry.
    var registries: [String: Int]
    var isForJobs = false
  }

  /// A place in the order: priority, then who waited longest.
  struct Place: Comparable, Sendable {
    let priority: Int32
    let since: Instant
    let node: String

    static func < (left: Place, right: Place) -> Bool {
      (right.priority, left.since, left.node) < (left.priority, right.since, right.node)
    }
  }

  struct Age: Comparable, Sendable {
    let since: Instant
    let node: String

    static func < (left: Age, right: Age) -> Bool { (left.since, left.node) < (right.since, right.node) }
  }

  /// Share of a budget that is set aside for a node until it is planned.
  struct Turn: Equatable, Sendable {
    var pulls: Int
    var registries: [String: Int]?
    var pacing: GrantPacing?
    var interval = Duration.zero
    var isForJobs = false
  }

  /// nil while the budget doesn't exist.
  var limits: BudgetLimits?
  private(set) var records: [String: [Record]] = [:]
  private(set) var waiters: [String: Waiter] = [:]
  private(set) var places = SortedArray<Place>()
  private(set) var ages = SortedArray<Age>()
  var turns: [String: Turn] = [:]
  /// Nodes with work that this budget pays, whether or not it can start now.
  var unfinished: Set<String> = []
  /// How many turns were handed out; every `agingStep`th goes to who waited longest.
  var handedOut = 0
  /// By interval: when the last grant that kept to it ended.
  private(set) var ends: [Duration: Instant] = [:]

  /// Turns wait until then, since starts must keep away from those of grants with another rhythm.
  var quietUntil: Instant?

  static let agingStep = 4

  init(limits: BudgetLimits?) {
    self.limits = limits
  }

  var isForgettable: Bool {
    limits == nil && records.isEmpty && waiters.isEmpty && turns.isEmpty && unfinished.isEmpty
  }

  /// The earliest time at which a grant ends by itself.
  var nextEnd: Instant? { records.values.lazy.flatMap { $0 }.map(\.end).min() }

  // MARK: Waiters

  mutating func enqueue(_ node: String, _ waiter: Waiter) {
    if let old = waiters[node] {
      guard old != waiter else { return }
      dequeue(node)
    }
    waiters[node] = waiter
    places.insert(Place(priority: waiter.priority, since: waiter.since, node: node))
    ages.insert(Age(since: waiter.since, node: node))
  }

  mutating func dequeue(_ node: String) {
    guard let old = waiters.removeValue(forKey: node) else { return }
    places.remove(Place(priority: old.priority, since: old.since, node: node))
    ages.remove(Age(since: old.since, node: node))
  }

  // MARK: Grants in force

  mutating func add(_ record: Record, of node: String) {
    records[node, default: []].append(record)
  }

  mutating func update(_ id: String, of node: String, _ change: (inout Record) -> Void) {
    guard var held = records[node], let index = held.firstIndex(where: { $0.grant.id == id }) else { return }
    change(&held[index])
    records[node] = held
  }

  /// Drops the node's grants that `isOver` says, and returns them.
  mutating func end(of node: String, now: Instant, where isOver: (Record) -> Bool) -> [Record] {
    guard let held = records[node] else { return [] }
    let over = held.filter(isOver)
    guard !over.isEmpty else { return [] }
    let left = held.filter { !isOver($0) }
    records[node] = left.isEmpty ? nil : left
    // Only a few intervals are ever used; what was forgotten is long over.
    if ends.count > 8 { ends = ends.filter { now - $0.value < .seconds(3600) } }
    for record in over { ends[record.interval] = now }
    return over
  }
}
