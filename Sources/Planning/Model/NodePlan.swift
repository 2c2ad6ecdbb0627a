/// What to do for one node now.
package struct NodePlan: Hashable, Sendable {
  /// The spec to write (as a difference, with the resourceVersion of the object that was observed; create the
  /// NodeInventory where there is none), or nil: nothing to write.
  package var spec: InventorySpec?
  /// When this node wants to be planned again although nothing changed. The planner keeps it too, see `wakeAt`.
  package var lookAgainAt: Instant?
  /// There are images to remove. List the pods that are bound to the node now and plan again with the images that
  /// they use; until then `spec` permits no new removal.
  package var needsPodCheck: Bool

  package init(spec: InventorySpec? = nil, lookAgainAt: Instant? = nil, needsPodCheck: Bool = false) {
    self.spec = spec
    self.lookAgainAt = lookAgainAt
    self.needsPodCheck = needsPodCheck
  }
}
