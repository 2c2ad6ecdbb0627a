/// An image that a node should have.
package struct ImagePlan: Hashable, Sendable {
  package var freshAfter: Instant?
  package var platform: String?
  package var pin: Bool
  package var priority: Int32
  /// Whose grants pay for the pull: always a budget that exists, or `default`.
  package var budget: String
  package var retention: RetentionRule
  /// Don't pull it, but keep it if it is there.
  package var hold: Bool
  /// Whether a copy that is there already counts as Swiftlet's.
  package var adopt: Bool
  /// Whether there are pull secrets for it.
  package var authenticated: Bool
  /// Who pulls it.
  package var executor: ExecutorChoice
  /// How large it is on another node, where that is known. Never by itself a reason to write the plan.
  package var sizeBytes: Int64?

  package init(
    freshAfter: Instant? = nil, platform: String? = nil, pin: Bool = true, priority: Int32 = 0,
    budget: String = BudgetLimits.defaultName, retention: RetentionRule = .delete, hold: Bool = false,
    adopt: Bool = false, authenticated: Bool = false, executor: ExecutorChoice = .auto, sizeBytes: Int64? = nil
  ) {
    self.freshAfter = freshAfter
    self.platform = platform
    self.pin = pin
    self.priority = priority
    self.budget = budget
    self.retention = retention
    self.hold = hold
    self.adopt = adopt
    self.authenticated = authenticated
    self.executor = executor
    self.sizeBytes = sizeBytes
  }
}
