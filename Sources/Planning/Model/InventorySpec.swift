/// The content of a NodeInventory's spec, as read from the API or as it should be written.
package struct InventorySpec: Hashable, Sendable {
  /// The UID of the Node that it is for.
  package var nodeUID: String
  package var paused: Bool
  package var images: [ImageKey: ImagePlan]
  /// Permits to remove, each with the time until which it holds.
  package var removals: [ImageKey: Instant]
  /// Sorted by id when the planner made it.
  package var grants: [PullGrant]
  /// The Node's condition DiskPressure.
  package var diskPressure: Bool
  /// Written by whoever runs the Jobs.
  package var jobs: JobsAccount

  package init(
    nodeUID: String, paused: Bool = false, images: [ImageKey: ImagePlan] = [:], removals: [ImageKey: Instant] = [:],
    grants: [PullGrant] = [], diskPressure: Bool = false, jobs: JobsAccount = JobsAccount()
  ) {
    self.nodeUID = nodeUID
    self.paused = paused
    self.images = images
    self.removals = removals
    self.grants = grants
    self.diskPressure = diskPressure
    self.jobs = jobs
  }
}
