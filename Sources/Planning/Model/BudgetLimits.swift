/// How much may happen at once under one budget. The defaults are those of every budget that doesn't say.
package struct BudgetLimits: Hashable, Sendable {
  /// The name of the budget that pays for everything without its own.
  package static let defaultName = "default"

  /// Nodes that pull at the same time; 0 stops all new pulls.
  package var maxConcurrentNodes: Int
  /// Pulls at the same time on all nodes together; nil is no limit of its own.
  package var maxConcurrentPulls: Int?
  package var maxPullsPerNode: Int
  /// Pulls at the same time from one registry by all nodes together; nil is no limit of its own.
  package var maxPullsPerRegistry: Int?
  /// The least time between the starts of two pulls anywhere; rounded up to whole milliseconds.
  package var minStartInterval: Duration
  package var backoff: BackoffLimits

  package init(
    maxConcurrentNodes: Int = 10, maxConcurrentPulls: Int? = nil, maxPullsPerNode: Int = 1,
    maxPullsPerRegistry: Int? = nil, minStartInterval: Duration = .zero, backoff: BackoffLimits = .init()
  ) {
    self.maxConcurrentNodes = maxConcurrentNodes
    self.maxConcurrentPulls = maxConcurrentPulls
    self.maxPullsPerNode = maxPullsPerNode
    self.maxPullsPerRegistry = maxPullsPerRegistry
    self.minStartInterval = minStartInterval
    self.backoff = backoff
  }
}
