/// What the planner knows of a Node object and of the agent on it.
package struct NodeFacts: Hashable, Sendable {
  package let name: String
  package var uid: String
  package var labels: [String: String]
  package var taints: [NodeTaint]
  /// Cordoned.
  package var unschedulable: Bool
  /// Has a deletion timestamp.
  package var deleting: Bool
  package var ready: Bool
  /// From the label or nodeInfo; a node that doesn't say counts as Linux.
  package var os: String?
  package var architecture: String?
  /// An agent is up on it.
  package var hasAgent: Bool
  /// Jobs may work on it: in the stead of an agent where it has none, and beside it where it has one.
  package var hasJobs: Bool
  /// The Node's condition DiskPressure.
  package var diskPressure: Bool

  package init(
    name: String, uid: String, labels: [String: String] = [:], taints: [NodeTaint] = [], unschedulable: Bool = false,
    deleting: Bool = false, ready: Bool = true, os: String? = nil, architecture: String? = nil, hasAgent: Bool = true,
    hasJobs: Bool = false, diskPressure: Bool = false
  ) {
    self.name = name
    self.uid = uid
    self.labels = labels
    self.taints = taints
    self.unschedulable = unschedulable
    self.deleting = deleting
    self.ready = ready
    self.os = os
    self.architecture = architecture
    self.hasAgent = hasAgent
    self.hasJobs = hasJobs
    self.diskPressure = diskPressure
  }
}
