package import KubernetesClient

/// One node's plan and what the node has. Named after the node and owned by it.
///
/// `spec` is written by the controller only, `status` by that node's agent only. Maps are keyed by the normalised
/// image reference.
package struct NodeInventory: KubernetesResource, Hashable {
  package static let resourceType = SwiftletGroup.type("nodeinventories", "NodeInventory")

  package var metadata: ObjectMeta
  package var spec: NodeInventorySpec
  package var status: NodeInventoryStatus?

  package init(metadata: ObjectMeta, spec: NodeInventorySpec, status: NodeInventoryStatus? = nil) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }

  /// What `status.progress` is to say: how many of the planned images `images` has as present, and how many are
  /// planned, such as `27/30`.
  package static func progress(planned: [String: PlannedImage], images: [String: NodeImage]) -> String {
    let present = planned.keys.count { images[$0]?.state == .present }
    return "\(present)/\(planned.count)"
  }
}

package struct NodeInventorySpec: Codable, Sendable, Hashable {
  /// How many entries `images` and `removals` hold at most, so that an object with its status stays well under
  /// what etcd stores (1.5 MiB).
  package static let maxImages = 2000
  /// How many entries `grants` holds at most.
  package static let maxGrants = 100

  /// The UID of the Node that this plan is for: another UID means plan afresh.
  package var nodeUID: String
  /// Stops every pull and every removal on this node.
  package var paused: Bool?
  package var images: [String: PlannedImage]?
  /// Permits to remove images. Without one, an agent removes nothing.
  package var removals: [String: RemovalPermit]?
  /// Permits to pull. Without one, an agent pulls nothing.
  package var grants: [Grant]?
  /// The Node says that its disk is short (condition DiskPressure).
  package var diskPressure: Bool?
  /// What came of the images that the agent leaves to Jobs.
  package var jobs: JobsNote?

  package init(nodeUID: String) {
    self.nodeUID = nodeUID
  }
}

/// An image that the node should have.
package struct PlannedImage: Codable, Sendable, Hashable {
  /// The copy must have been pulled or compared with the registry at or after this time.
  package var freshAfter: Timestamp?
  /// `os/architecture[/variant]`; the node's own where absent.
  package var platform: String?
  package var pin: Bool?
  package var priority: Int32?
  /// Whose grants pay for the pull; `default` where absent.
  package var budget: String?
  package var retention: Retention?
  /// Don't pull it now, but keep it if it is there (all the sets that want it are paused).
  package var hold: Bool?
  /// A copy that is there counts as Swiftlet's from now on, whoever brought it.
  package var adopt: Bool?
  /// There are pull secrets for it: ask the controller for credentials before it is pulled.
  package var authenticated: Bool?
  /// Who pulls it; `Auto` where absent. Where it is `Jobs`, an agent only looks whether it comes.
  package var executor: Executor?
  /// How large the image is on another node, where that is known: a hint, written only along with something else.
  package var sizeBytes: Int64?

  package init() {}
}

/// A permit to remove one image until a time, unless something uses it by then.
package struct RemovalPermit: Codable, Sendable, Hashable {
  package var until: Timestamp

  package init(until: Timestamp) {
    self.until = until
  }
}

/// A turn for one node to pull under one budget.
///
/// The agent starts nothing after `until` and cancels what still runs then, unless the grant was renewed (same
/// `id`, later `until`). When it has no more work under a grant it names the `id` in `status.released` and starts
/// nothing under it again, so that the controller can give the turn to another node at once.
package struct Grant: Codable, Sendable, Hashable {
  /// Unique among all grants ever given to this node.
  package var id: String
  package var budget: String
  package var until: Timestamp
  /// How many pulls at the same time.
  package var pulls: Int
  /// How many pulls at the same time from a registry, where the budget limits that; a registry that is missing
  /// from a map that is there has no share.
  package var registries: [String: Int]?
  /// Restricts when pulls start, so that several nodes keep the budget's interval between starts together.
  package var pacing: StartPacing?
  package var backoff: BackoffSpec?
  /// `Jobs` where it is for Jobs on a node that has an agent: the agent neither uses it nor gives it back.
  package var executor: Executor?

  package init(id: String, budget: String, until: Timestamp, pulls: Int) {
    self.id = id
    self.budget = budget
    self.until = until
    self.pulls = pulls
  }
}

/// When pulls may start: only at times t (milliseconds since 1970) with t mod `everyMilliseconds` =
/// `offsetMilliseconds`.
package struct StartPacing: Codable, Sendable, Hashable {
  package var everyMilliseconds: Int64
  package var offsetMilliseconds: Int64

  package init(everyMilliseconds: Int64, offsetMilliseconds: Int64) {
    self.everyMilliseconds = everyMilliseconds
    self.offsetMilliseconds = offsetMilliseconds
  }
}

package struct NodeInventoryStatus: Codable, Sendable, Hashable {
  /// How many entries `images` holds at most: the planned ones and what is left of earlier plans.
  package static let maxImages = 4000

  /// The generation of the spec that this status answers to.
  package var observedGeneration: Int64?
  /// The node UID of that spec.
  package var nodeUID: String?
  package var agentVersion: String?
  /// `Jobs` where the controller writes this status from what Jobs found, as the node has no agent.
  package var executor: Executor?
  package var runtime: RuntimeStatus?
  package var filesystem: FilesystemStatus?
  /// What is planned, and what Swiftlet pulled or adopted before.
  package var images: [String: NodeImage]?
  /// Present images out of the planned ones, such as `27/30`: see `NodeInventory.progress`.
  package var progress: String?
  /// Grants of the spec under which nothing will start again and nothing runs any more.
  package var released: [String]?
  package var conditions: [Condition]?

  /// The type of the condition that says whether the agent can work with the node's runtime.
  package static let runtimeReadyCondition = "RuntimeReady"

  /// The type of the condition that is there while Jobs can't get at the node's runtime: then they only pull.
  package static let runtimeAccessCondition = "RuntimeAccess"

  package init() {}
}

package struct RuntimeStatus: Codable, Sendable, Hashable {
  package var name: String?
  package var version: String?
  package var endpoint: String?
  /// What the runtime offers beyond CRI: `events`, `pins`, `progress`; sorted.
  package var features: [String]?

  package init() {}
}

/// The file system that holds images, at the time of the last status write.
package struct FilesystemStatus: Codable, Sendable, Hashable {
  package var path: String?
  package var capacityBytes: Int64?
  package var availableBytes: Int64?

  package init() {}
}

/// One image on one node.
package struct NodeImage: Codable, Sendable, Hashable {
  package enum State: String, Codable, Sendable, Hashable, CaseIterable {
    case present = "Present"
    case pulling = "Pulling"
    /// Wanted and not there; waits for a turn.
    case waiting = "Waiting"
    /// The last attempt failed; the next is not before `retryAt`.
    case failed = "Failed"
    case removing = "Removing"
  }

  /// Why the image is on the node.
  package enum Origin: String, Codable, Sendable, Hashable, CaseIterable {
    /// Swiftlet pulled it.
    case pulled = "Pulled"
    /// It was there, and Swiftlet took it over.
    case adopted = "Adopted"
    /// It was there before Swiftlet was asked for it; Swiftlet doesn't remove it.
    case found = "Found"
  }

  package var state: State
  /// The manifest digest, `sha256:…`.
  package var digest: String?
  /// The runtime's image ID.
  package var id: String?
  package var sizeBytes: Int64?
  /// Bytes fetched so far, while pulling, where the runtime tells.
  package var transferredBytes: Int64?
  /// Bytes to fetch in all, where known.
  package var totalBytes: Int64?
  /// Failed attempts since the image was last there.
  package var attempts: Int?
  /// A word in camel case, such as `NotFound`.
  package var reason: String?
  /// At most 256 characters.
  package var message: String?
  package var retryAt: Timestamp?
  package var pinned: Bool?
  package var origin: Origin?
  /// What is to happen once nobody wants it, from the plan that last named it.
  package var retention: Retention?
  /// When the copy was last pulled or compared with the registry.
  package var checkedAt: Timestamp?

  package init(state: State) {
    self.state = state
  }
}

extension NodeImage.State {
  /// A newer agent may know states that this controller doesn't: such an image isn't there, as far as can be told, and
  /// must not make the whole node unreadable.
  package init(from decoder: any Decoder) throws {
    self = Self(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .waiting
  }
}

extension Executor {
  /// A newer controller may know others.
  package init(from decoder: any Decoder) throws {
    self = Self(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .auto
  }
}

extension NodeImage.Origin {
  /// What isn't known to be Swiftlet's isn't removed.
  package init(from decoder: any Decoder) throws {
    self = Self(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .found
  }
}
