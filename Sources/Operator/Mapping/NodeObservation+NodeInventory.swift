import KubernetesClient
package import Planning
package import SwiftletAPI

extension NodeObservation {
  /// What a NodeInventory says, in one snapshot.
  package init(_ inventory: NodeInventory) {
    let status = inventory.status
    let runtime = status?.conditions?.first { $0.type == NodeInventoryStatus.runtimeReadyCondition }
    let access = status?.conditions?.first { $0.type == NodeInventoryStatus.runtimeAccessCondition }
    self.init(
      inventoryUID: inventory.metadata.uid ?? "", generation: inventory.metadata.generation ?? 0,
      observedGeneration: status?.observedGeneration, nodeUID: status?.nodeUID,
      spec: InventorySpec(inventory.spec), images: inventory.images.mapKeys { ObservedImage($0) },
      released: inventory.released, runtimeReady: runtime.map { $0.status == .yes },
      canRemove: access?.status != .no)
  }
}

extension ObservedImage {
  package init(_ image: NodeImage) {
    self.init(
      state: State(image.state), origin: image.origin.map { Origin($0) },
      retention: image.retention.map { RetentionRule($0) }, retryAt: image.retryAt.map { Instant($0) },
      reason: image.reason, message: image.message, attempts: image.attempts ?? 0,
      checkedAt: image.checkedAt.map { Instant($0) }, transferredBytes: image.transferredBytes,
      totalBytes: image.totalBytes, sizeBytes: image.sizeBytes, digest: image.digest)
  }
}

extension ObservedImage.State {
  package init(_ state: NodeImage.State) {
    switch state {
    case .present: self = .present
    case .pulling: self = .pulling
    case .waiting: self = .waiting
    case .failed: self = .failed
    case .removing: self = .removing
    }
  }
}

extension ObservedImage.Origin {
  package init(_ origin: NodeImage.Origin) {
    switch origin {
    case .pulled: self = .pulled
    case .adopted: self = .adopted
    case .found: self = .found
    }
  }
}
