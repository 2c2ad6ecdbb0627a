/// What has changed and wants attention.
package struct DirtySet: Hashable, Sendable {
  /// To be planned, in no order.
  package var nodes: Set<String> = []
  /// Whose status has changed.
  package var demands: Set<DemandID> = []

  package init() {}

  package var isEmpty: Bool { nodes.isEmpty && demands.isEmpty }
}
