/// A turn for one node to pull under one budget.
package struct PullGrant: Hashable, Sendable {
  /// How long a grant or a permit holds.
  package static let lifetime = Duration.seconds(120)
  /// How much longer it counts as in force, since clocks differ.
  package static let margin = Duration.seconds(10)

  /// Unique among the grants ever given to its node. Sorts by the time when it was given, within one budget.
  package var id: String
  package var budget: String
  package var until: Instant
  /// How many pulls at the same time.
  package var pulls: Int
  /// How many pulls at the same time from a registry; nil where the budget doesn't limit that, and a registry that
  /// isn't in a map that is there has no share.
  package var registries: [String: Int]?
  package var pacing: GrantPacing?
  package var backoff: BackoffLimits
  /// It is for Jobs beside the node's agent, rather than for the agent.
  package var isForJobs: Bool

  package init(
    id: String, budget: String, until: Instant, pulls: Int, registries: [String: Int]? = nil,
    pacing: GrantPacing? = nil, backoff: BackoffLimits = .init(), isForJobs: Bool = false
  ) {
    self.id = id
    self.budget = budget
    self.until = until
    self.pulls = pulls
    self.registries = registries
    self.pacing = pacing
    self.backoff = backoff
    self.isForJobs = isForJobs
  }
}
