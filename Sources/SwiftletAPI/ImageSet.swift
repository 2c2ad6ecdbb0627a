package import KubernetesClient

/// Images that belong on the nodes that a selector picks.
package struct ImageSet: KubernetesResource, Hashable {
  package static let resourceType = SwiftletGroup.type("imagesets", "ImageSet")

  package var metadata: ObjectMeta
  package var spec: ImageSetSpec
  package var status: ImageSetStatus?

  package init(metadata: ObjectMeta, spec: ImageSetSpec, status: ImageSetStatus? = nil) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }
}

package struct ImageSetSpec: Codable, Sendable, Hashable {
  /// How many entries `images` holds at most.
  package static let maxImages = 1000
  /// How many entries `pullSecrets` holds at most.
  package static let maxPullSecrets = 10

  /// At least one; no two with the same text.
  package var images: [ImageSetImage]
  /// Every Linux node where absent.
  package var nodes: ImageSetNodes?
  /// `IfNotPresent` where absent.
  package var pullPolicy: PullPolicy?
  /// How often a present image is pulled again to follow its tag, as a Go duration (`12h`); never where absent.
  package var refreshInterval: String?
  /// Secrets with credentials for the images' registries, tried in this order after those that fit a longer part of
  /// the image's name; none where absent. No two the same.
  package var pullSecrets: [PullSecretReference]?
  /// The name of the PullBudget that paces this set's pulls; `default` where absent.
  package var budget: String?
  /// Higher goes first; 0 where absent.
  package var priority: Int32?
  /// Whether the images are kept from the kubelet's garbage collection, where the runtime can; true where absent.
  package var pin: Bool?
  /// `Delete` where absent.
  package var retention: Retention?
  /// Who pulls and removes; `Auto` where absent.
  package var executor: Executor?
  /// Stops pulls and removals for this set; false where absent.
  package var paused: Bool?

  package init(
    images: [ImageSetImage], nodes: ImageSetNodes? = nil, pullPolicy: PullPolicy? = nil,
    refreshInterval: String? = nil, pullSecrets: [PullSecretReference]? = nil, budget: String? = nil,
    priority: Int32? = nil, pin: Bool? = nil, retention: Retention? = nil, executor: Executor? = nil,
    paused: Bool? = nil
  ) {
    self.images = images
    self.nodes = nodes
    self.pullPolicy = pullPolicy
    self.refreshInterval = refreshInterval
    self.pullSecrets = pullSecrets
    self.budget = budget
    self.priority = priority
    self.pin = pin
    self.retention = retention
    self.executor = executor
    self.paused = paused
  }
}

package struct ImageSetImage: Codable, Sendable, Hashable {
  /// What a user writes: `nginx`, `host:5000/a/b:tag`, `name@sha256:…`.
  package var image: String
  /// Overrides the set's policy for this image.
  package var pullPolicy: PullPolicy?
  /// `os/architecture[/variant]`; the node's own where absent.
  package var platform: String?

  package init(image: String, pullPolicy: PullPolicy? = nil, platform: String? = nil) {
    self.image = image
    self.pullPolicy = pullPolicy
    self.platform = platform
  }
}

package struct ImageSetNodes: Codable, Sendable, Hashable {
  package var selector: LabelSelector?
  /// Only those for not-ready and unreachable matter: other taints don't exclude a node.
  package var tolerations: [Toleration]?

  package init(selector: LabelSelector? = nil, tolerations: [Toleration]? = nil) {
    self.selector = selector
    self.tolerations = tolerations
  }
}

package struct ImageSetStatus: Codable, Sendable, Hashable {
  package var observedGeneration: Int64?
  package var pairs: PairCounts?
  package var nodes: ReadyCounts?
  package var images: ReadyCounts?
  /// Present pairs out of the desired ones on all selected nodes, such as `27/90`.
  package var progress: String?
  /// At most `maxFailures` entries, the most frequent first.
  package var failures: [FailureSummary]?
  package var conditions: [Condition]?

  /// How many entries `failures` holds at most.
  package static let maxFailures = 10
  /// The type of the condition that says whether every desired pair on a reachable node is present.
  package static let readyCondition = "Ready"
  /// The type of the condition that says whether anything is being pulled or removed, or waits for it.
  package static let progressingCondition = "Progressing"
  /// The type of the condition that says whether something needs a person's attention.
  package static let degradedCondition = "Degraded"

  package init() {}
}

/// How many pairs (one image on one node) are in which state.
package struct PairCounts: Codable, Sendable, Hashable {
  /// On all selected nodes, also those that can't be worked on now.
  package var desired = 0
  package var present = 0
  package var pulling = 0
  package var waiting = 0
  package var failed = 0
  package var removing = 0

  package init() {}
}

/// All failures of one reason, with one of them as an example.
package struct FailureSummary: Codable, Sendable, Hashable {
  /// A word in camel case, such as `NotFound`.
  package var reason: String
  package var count: Int
  package var image: String?
  package var node: String?
  /// At most 256 characters.
  package var message: String?

  package init(reason: String, count: Int, image: String? = nil, node: String? = nil, message: String? = nil) {
    self.reason = reason
    self.count = count
    self.image = image
    self.node = node
    self.message = message
  }
}
