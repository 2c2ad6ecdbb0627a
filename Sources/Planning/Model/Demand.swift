/// One owner's wish: these images on these nodes, with these rules. Every API kind is turned into demands.
package struct Demand: Hashable, Sendable {
  /// What taints other than those for not-ready and unreachable nodes mean to this demand.
  package enum TaintRule: Hashable, Sendable {
    /// They don't exclude a node.
    case ignoreOthers
    /// A `NoSchedule` or `NoExecute` that isn't tolerated excludes the node; one that Kubernetes itself sets
    /// (`node.kubernetes.io/…`) comes and goes, and so only makes the node unreachable.
    case respect
  }

  package let id: DemandID
  package var images: [DemandedImage]
  package var selector: NodeSelector
  package var tolerations: [TaintToleration]
  package var taintRule: TaintRule
  /// The name of the budget that pays; one that doesn't exist means `default`.
  package var budget: String
  /// Higher goes first.
  package var priority: Int32
  /// Whether the images are kept from the kubelet's garbage collection.
  package var pin: Bool
  package var retention: RetentionRule
  /// Where credentials for the images' registries are, the first before the others.
  package var pullSecrets: [PullSecret]
  /// Keeps what is there, and pulls nothing.
  package var paused: Bool
  package var createdAt: Instant

  package init(
    id: DemandID, images: [DemandedImage], selector: NodeSelector = .everything, tolerations: [TaintToleration] = [],
    taintRule: TaintRule = .ignoreOthers, budget: String = BudgetLimits.defaultName, priority: Int32 = 0,
    pin: Bool = true, retention: RetentionRule = .delete, pullSecrets: [PullSecret] = [], paused: Bool = false,
    createdAt: Instant
  ) {
    self.id = id
    self.images = images
    self.selector = selector
    self.tolerations = tolerations
    self.taintRule = taintRule
    self.budget = budget
    self.priority = priority
    self.pin = pin
    self.retention = retention
    self.pullSecrets = pullSecrets
    self.paused = paused
    self.createdAt = createdAt
  }
}
