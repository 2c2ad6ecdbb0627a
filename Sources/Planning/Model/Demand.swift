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

  /// What is to become of the images.
  package enum Intent: Hashable, Sendable {
    /// They belong on the nodes.
    case present
    /// They are to go, except where another demand wants them or something on the node uses them.
    case absent(Scope)

    /// Which images go.
    package enum Scope: Hashable, Sendable {
      /// Those that Swiftlet pulled or adopted.
      case ours
      /// Also those that were there before Swiftlet was asked for them: the user wants that.
      case everything
    }
  }

  package let id: DemandID
  package var intent: Intent
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
  /// Whether images that are there already count as Swiftlet's from now on.
  package var adopt: Bool
  /// Where credentials for the images' registries are, the first before the others.
  package var pullSecrets: [PullSecret]
  /// Who pulls and removes.
  package var executor: ExecutorChoice
  /// Keeps what is there, and pulls nothing.
  package var paused: Bool
  package var createdAt: Instant

  package init(
    id: DemandID, intent: Intent = .present, images: [DemandedImage], selector: NodeSelector = .everything,
    tolerations: [TaintToleration] = [], taintRule: TaintRule = .ignoreOthers,
    budget: String = BudgetLimits.defaultName,
    priority: Int32 = 0, pin: Bool = true, retention: RetentionRule = .delete, adopt: Bool = false,
    pullSecrets: [PullSecret] = [], executor: ExecutorChoice = .auto, paused: Bool = false, createdAt: Instant
  ) {
    self.id = id
    self.intent = intent
    self.images = images
    self.selector = selector
    self.tolerations = tolerations
    self.taintRule = taintRule
    self.budget = budget
    self.priority = priority
    self.pin = pin
    self.retention = retention
    self.adopt = adopt
    self.pullSecrets = pullSecrets
    self.executor = executor
    self.paused = paused
    self.createdAt = createdAt
  }
}
