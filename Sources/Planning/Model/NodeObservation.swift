/// A NodeInventory as it was last seen: one snapshot of its spec and its status.
package struct NodeObservation: Hashable, Sendable {
  /// The NodeInventory's own UID; a new one starts counting generations afresh.
  package var inventoryUID: String
  /// `metadata.generation`.
  package var generation: Int64
  /// `status.observedGeneration`: the spec that the agent answered to; nil before it ever did.
  package var observedGeneration: Int64?
  /// `status.nodeUID`: the Node that the agent answered for.
  package var nodeUID: String?
  package var spec: InventorySpec
  package var images: [ImageKey: ObservedImage]
  /// Ids of grants under which nothing will start again.
  package var released: Set<String>
  /// nil where the agent hasn't said.
  package var runtimeReady: Bool?
  /// Images can be removed from the node: false where Jobs work on it that can't get at the runtime.
  package var canRemove: Bool

  package init(
    inventoryUID: String, generation: Int64, observedGeneration: Int64? = nil, nodeUID: String? = nil,
    spec: InventorySpec, images: [ImageKey: ObservedImage] = [:], released: Set<String> = [],
    runtimeReady: Bool? = nil, canRemove: Bool = true
  ) {
    self.inventoryUID = inventoryUID
    self.generation = generation
    self.observedGeneration = observedGeneration
    self.nodeUID = nodeUID
    self.spec = spec
    self.images = images
    self.released = released
    self.runtimeReady = runtimeReady
    self.canRemove = canRemove
  }
}
