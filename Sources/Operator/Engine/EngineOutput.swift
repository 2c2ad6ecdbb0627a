package import Planning
package import SwiftletAPI

/// What is to be done after the engine learned something.
package struct EngineOutput: Sendable, Hashable {
  /// Nodes to reconcile.
  package var nodes: Set<String> = []
  /// Objects whose status may have changed.
  package var objects: Set<ObjectRef> = []
  /// When to wake the engine; nil where time alone changes nothing.
  package var wakeAt: Instant?

  package init() {}
}

/// What one node needs.
package struct NodeWork: Sendable, Hashable {
  package var plan: NodePlan
  /// The newest NodeInventory that is known of; nil where there is none.
  package var base: NodeInventory?
  /// The Node's UID; nil where there is no such Node.
  package var nodeUID: String?

  package init(plan: NodePlan, base: NodeInventory? = nil, nodeUID: String? = nil) {
    self.plan = plan
    self.base = base
    self.nodeUID = nodeUID
  }
}

/// How far an object's demands are.
package struct ObjectProgress: Sendable, Hashable {
  /// Of the object that the demands were made from.
  package var revision: String
  /// A demand that the planner doesn't know yet is missing.
  package var statuses: [DemandID: DemandStatus]
  /// Of all demands together, each node once.
  package var nodes: NodeTally

  package init(revision: String, statuses: [DemandID: DemandStatus], nodes: NodeTally) {
    self.revision = revision
    self.statuses = statuses
    self.nodes = nodes
  }
}
