package import KubernetesClient
package import SwiftletAPI

/// What the node should do now: the `spec` of its NodeInventory, parsed.
package struct AgentPlan: Sendable, Hashable {
  package let nodeUID: String
  package let generation: Int64?
  package let isPaused: Bool
  /// The Node says that its disk is short.
  package let isUnderDiskPressure: Bool
  package let images: [String: WantedImage]
  /// Until when each image may be removed.
  package let removals: [String: Timestamp]
  /// Those for the agent.
  package let grants: [Grant]
  /// Those for Jobs beside it that weren't given back.
  package let jobGrants: [Grant]
  /// What came of the images that are left to Jobs.
  package let jobs: [String: JobsImage]

  /// - Parameter previous: entries that didn't change are taken from it rather than parsed again.
  package init(_ inventory: NodeInventory, previous: AgentPlan? = nil) {
    let spec = inventory.spec
    nodeUID = spec.nodeUID
    generation = inventory.metadata.generation
    isPaused = spec.paused ?? false
    isUnderDiskPressure = spec.diskPressure ?? false
    var images: [String: WantedImage] = [:]
    for (name, planned) in spec.images ?? [:] {
      if let old = previous?.images[name], old.planned == planned {
        images[name] = old
      } else {
        images[name] = WantedImage(name: name, planned: planned)
      }
    }
    self.images = images
    removals = (spec.removals ?? [:]).mapValues(\.until)
    grants = (spec.grants ?? []).filter { $0.executor != .jobs }
    let released = spec.jobs?.released ?? []
    jobGrants = (spec.grants ?? []).filter { $0.executor == .jobs && !released.contains($0.id) }
    jobs = spec.jobs?.images ?? [:]
  }

  /// Whether the controller hasn't filled it in yet: nothing follows from what such a plan lacks.
  package var isBlank: Bool { images.isEmpty && removals.isEmpty && (generation ?? 1) <= 1 }
}
