/// Which nodes may remove images now. A node holds a place while it has a permit in force.
struct RemovalPot: Sendable {
  /// Nodes that remove at the same time.
  static let maxNodes = 10
  /// Permits in one spec, so that its size is bounded; the rest follows when these are used up.
  static let maxPermitsPerNode = 200

  private(set) var waiters: [String: Instant] = [:]
  private var ages = SortedArray<BudgetPot.Age>()
  /// Places that are set aside for nodes until they are planned.
  var turns: Set<String> = []
  /// Nodes with permits in force, with the time when the last of those ends.
  var holders: [String: Instant] = [:]

  mutating func enqueue(_ node: String, since: Instant) {
    guard waiters[node] == nil else { return }
    waiters[node] = since
    ages.insert(BudgetPot.Age(since: since, node: node))
  }

  mutating func dequeue(_ node: String) {
    guard let since = waiters.removeValue(forKey: node) else { return }
    ages.remove(BudgetPot.Age(since: since, node: node))
  }

  /// - Returns: the nodes that got a turn, to be planned.
  mutating func allocate() -> [String] {
    var winners: [String] = []
    while turns.union(holders.keys).count < Self.maxNodes, let first = ages.elements.first {
      dequeue(first.node)
      turns.insert(first.node)
      winners.append(first.node)
    }
    return winners
  }
}
