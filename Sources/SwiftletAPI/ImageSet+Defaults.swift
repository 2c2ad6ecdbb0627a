package import KubernetesClient

/// What holds where a field is absent. The CRD writes most of these into new objects; older or hand-made objects
/// may lack them, so code reads these accessors rather than the fields.
extension ImageSetSpec {
  package var effectivePullPolicy: PullPolicy { pullPolicy ?? .ifNotPresent }
  package var effectiveBudget: String { budget ?? PullBudget.defaultName }
  package var effectivePriority: Int32 { priority ?? 0 }
  package var effectivePin: Bool { pin ?? true }
  package var effectiveRetention: Retention { retention ?? .delete }
  package var effectiveExecutor: Executor { executor ?? .auto }
  package var isPaused: Bool { paused ?? false }

  /// The policy of one of the set's images: its own, or else the set's.
  package func effectivePullPolicy(of image: ImageSetImage) -> PullPolicy {
    image.pullPolicy ?? effectivePullPolicy
  }

  /// How often a present image is pulled again; nil for never, also where the text is no duration above zero (which
  /// `problems` reports).
  package var effectiveRefreshInterval: Duration? {
    guard let refreshInterval, let value = GoDuration.parse(refreshInterval), value > .zero else { return nil }
    return value
  }

  /// Whether the selector picks a node with these labels. No selector, and an empty one, pick every node.
  package func selects(labels: [String: String]?) -> Bool {
    nodes?.selector?.matches(labels) ?? true
  }

  package var tolerations: [Toleration] { nodes?.tolerations ?? [] }
}

extension PlannedImage {
  package var effectiveBudget: String { budget ?? PullBudget.defaultName }
  package var effectivePriority: Int32 { priority ?? 0 }
  package var effectivePin: Bool { pin ?? true }
  package var effectiveRetention: Retention { retention ?? .delete }
  package var effectiveExecutor: Executor { executor ?? .auto }
  package var isOnHold: Bool { hold ?? false }
}
