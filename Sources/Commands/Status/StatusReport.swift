package import KubernetesClient
package import SwiftletAPI

/// What `swiftlet status` knows: the document of `-o json`, and what the text forms are made from.
///
/// Field names are stable. A field whose value isn't known is left out.
package struct StatusReport: Codable, Sendable, Hashable {
  /// The version of this document's form; raised only when a field changes its meaning.
  package static let formatVersion = 1

  package var formatVersion = StatusReport.formatVersion
  /// Sorted by name.
  package var sets: [SetReport]
  /// Sorted by name; absent where nodes weren't asked for or may not be read.
  package var nodes: [NodeReport]?
  /// Names that were asked for and don't exist; absent where all do.
  package var missing: [String]?
  /// Why nothing is pulled or removed in the whole cluster; absent where it goes on as ever.
  package var pause: ClusterPause?

  package init(
    sets: [SetReport], nodes: [NodeReport]? = nil, missing: [String]? = nil, pause: ClusterPause? = nil
  ) {
    self.sets = sets
    self.nodes = nodes
    self.missing = missing
    self.pause = pause
  }
}

/// One ImageSet.
package struct SetReport: Codable, Sendable, Hashable {
  package enum State: String, Codable, Sendable, Hashable, CaseIterable {
    /// Every image is on every node that can be worked on.
    case ready = "Ready"
    case progressing = "Progressing"
    /// Something needs a person: see `reason`, `message` and `failures`.
    case degraded = "Degraded"
    case paused = "Paused"
    /// The controller hasn't answered to the newest spec yet.
    case pending = "Pending"
  }

  package var name: String
  package var state: State
  /// Whether the images of the newest spec are there.
  package var ready: Bool
  /// The reason of the condition that decides `state`.
  package var reason: String?
  package var message: String?
  package var createdAt: Timestamp?
  package var pairs: PairCounts?
  package var nodes: ReadyCounts?
  package var images: ReadyCounts?
  /// Present pairs of the desired ones, such as `27/90`.
  package var progress: String?
  /// 0 to 1; counts the bytes of running pulls, where known.
  package var fraction: Double?
  package var failures: [FailureSummary]?

  package init(name: String, state: State, ready: Bool) {
    self.name = name
    self.state = state
    self.ready = ready
  }
}

/// One node.
package struct NodeReport: Codable, Sendable, Hashable {
  /// A pull that runs now.
  package struct Pull: Codable, Sendable, Hashable {
    package var image: String
    package var transferredBytes: Int64?
    package var totalBytes: Int64?
    /// 0 to 100, where the runtime tells.
    package var percent: Int?

    package init(image: String, transferredBytes: Int64? = nil, totalBytes: Int64? = nil) {
      self.image = image
      self.transferredBytes = transferredBytes
      self.totalBytes = totalBytes
      if let total = totalBytes, total > 0, let transferred = transferredBytes {
        percent = Int(min(100, max(0, transferred * 100 / total)))
      }
    }
  }

  package var name: String
  /// Images that the plan names.
  package var desired: Int
  /// Planned images that are there.
  package var present: Int
  package var waiting: Int
  package var failed: Int
  /// Images that are being taken away.
  package var removing: Int
  /// Sorted by image.
  package var pulling: [Pull]
  package var runtime: RuntimeStatus?
  package var filesystem: FilesystemStatus?
  package var agentVersion: String?
  /// `Jobs` where Jobs work on the node in the stead of an agent.
  package var executor: Executor?
  /// What the NodeInventory says of the node itself.
  package var conditions: [Condition]?
  /// By reason, the most frequent first.
  package var failures: [FailureSummary]?
  package var paused: Bool?

  package init(name: String) {
    self.name = name
    desired = 0
    present = 0
    waiting = 0
    failed = 0
    removing = 0
    pulling = []
  }
}
