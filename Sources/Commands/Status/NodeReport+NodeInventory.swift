package import KubernetesClient
package import SwiftletAPI

extension NodeReport {
  package init(_ inventory: NodeInventory) {
    self.init(name: inventory.metadata.name ?? "")
    let planned = inventory.spec.images ?? [:]
    let images = inventory.images
    desired = planned.count
    var reasons: [String: FailureSummary] = [:]
    func note(_ image: NodeImage, _ name: String, _ reason: String) {
      let first = FailureSummary(reason: reason, count: 0, image: name, node: self.name, message: image.message)
      reasons[reason, default: first].count += 1
    }
    for (name, image) in images.sorted(by: { $0.key < $1.key }) {
      switch image.state {
      case .present: present += planned[name] == nil ? 0 : 1
      case .pulling:
        pulling.append(
          Pull(image: name, transferredBytes: image.transferredBytes, totalBytes: image.totalBytes))
        // What the attempt before came to.
        if let reason = image.reason { note(image, name, reason) }
      case .waiting: break
      case .removing: removing += 1
      case .failed:
        failed += 1
        note(image, name, image.reason ?? "Other")
      }
    }
    waiting = planned.keys.reduce(0) { sum, name in
      let state = images[name]?.state
      return sum + (state == nil || state == .waiting ? 1 : 0)
    }
    if !reasons.isEmpty {
      let sorted = reasons.values.sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
      failures = Array(sorted.prefix(ImageSetStatus.maxFailures))
    }
    runtime = inventory.status?.runtime
    filesystem = inventory.status?.filesystem
    agentVersion = inventory.status?.agentVersion
    executor = inventory.status?.executor
    let conditions = inventory.status?.conditions ?? []
    self.conditions = conditions.isEmpty ? nil : conditions
    paused = inventory.spec.paused
  }

  /// Conditions that keep the node from something: access or readiness that isn't there, or a shortage that is.
  package var limits: [Condition] {
    let wanted: Set = [NodeInventoryStatus.runtimeReadyCondition, NodeInventoryStatus.runtimeAccessCondition]
    return (conditions ?? []).filter { $0.status != (wanted.contains($0.type) ? .yes : .no) }
  }
}
