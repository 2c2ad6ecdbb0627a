package import KubernetesClient

/// How much may happen at once.
package struct PullBudget: KubernetesResource, Hashable {
  package static let resourceType = SwiftletGroup.type("pullbudgets", "PullBudget")
  /// The name of the budget that holds for every set without its own.
  package static let defaultName = "default"

  package var metadata: ObjectMeta
  package var spec: PullBudgetSpec

  package init(metadata: ObjectMeta, spec: PullBudgetSpec) {
    self.metadata = metadata
    self.spec = spec
  }
}

package struct PullBudgetSpec: Codable, Sendable, Hashable {
  /// Nodes that pull at the same time; 10 where absent.
  package var maxConcurrentNodes: Int?
  /// Pulls at the same time on all nodes together; no limit of its own where absent.
  package var maxConcurrentPulls: Int?
  /// Pulls at the same time on one node; 1 where absent.
  package var maxPullsPerNode: Int?
  /// Pulls at the same time from one registry by all nodes together; no limit of its own where absent.
  package var maxPullsPerRegistry: Int?
  /// The least time between the starts of two pulls anywhere, as a Go duration; `0s` where absent.
  package var minStartInterval: String?
  package var backoff: BackoffSpec?

  package init(
    maxConcurrentNodes: Int? = nil, maxConcurrentPulls: Int? = nil, maxPullsPerNode: Int? = nil,
    maxPullsPerRegistry: Int? = nil, minStartInterval: String? = nil, backoff: BackoffSpec? = nil
  ) {
    self.maxConcurrentNodes = maxConcurrentNodes
    self.maxConcurrentPulls = maxConcurrentPulls
    self.maxPullsPerNode = maxPullsPerNode
    self.maxPullsPerRegistry = maxPullsPerRegistry
    self.minStartInterval = minStartInterval
    self.backoff = backoff
  }
}

/// How long a failed pull waits before it is tried again: `initial`, doubled each time up to `max`, with jitter.
package struct BackoffSpec: Codable, Sendable, Hashable {
  /// A Go duration; `10s` where absent.
  package var initial: String?
  /// A Go duration; `5m` where absent.
  package var max: String?

  package init(initial: String? = nil, max: String? = nil) {
    self.initial = initial
    self.max = max
  }
}
