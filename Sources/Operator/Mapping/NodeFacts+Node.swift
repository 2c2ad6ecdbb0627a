package import KubernetesClient
package import Planning

extension NodeFacts {
  /// - Parameters:
  ///   - hasAgent: whether a ready agent runs on the node.
  ///   - hasJobs: whether Jobs may work on it, beside its agent or in its stead.
  package init(_ node: Node, hasAgent: Bool, hasJobs: Bool = false) {
    let labels = node.metadata.labels ?? [:]
    let taints = (node.spec?.taints ?? []).compactMap { taint -> NodeTaint? in
      guard let effect = NodeTaint.Effect(rawValue: taint.effect) else { return nil }
      return NodeTaint(key: taint.key, value: taint.value ?? "", effect: effect)
    }
    let conditions = node.status?.conditions ?? []
    let ready = conditions.first { $0.type == "Ready" }
    let pressure = conditions.first { $0.type == "DiskPressure" }
    self.init(
      name: node.metadata.name ?? "", uid: node.metadata.uid ?? "", labels: labels, taints: taints,
      unschedulable: node.spec?.unschedulable ?? false, deleting: node.metadata.deletionTimestamp != nil,
      ready: ready?.status == .yes,
      os: labels["kubernetes.io/os"] ?? node.status?.nodeInfo?.operatingSystem,
      architecture: labels["kubernetes.io/arch"] ?? node.status?.nodeInfo?.architecture, hasAgent: hasAgent,
      hasJobs: hasJobs, diskPressure: pressure?.status == .yes)
  }
}

extension Node {
  /// The node without what the operator doesn't look at, so that a heartbeat isn't a change and memory stays small.
  package var trimmed: Node {
    var node = self
    node.metadata.annotations = nil
    node.metadata.finalizers = nil
    node.metadata.ownerReferences = nil
    node.status?.conditions = status?.conditions?.filter { ["Ready", "DiskPressure"].contains($0.type) }.map {
      StatusCondition(type: $0.type, status: $0.status)
    }
    return node
  }
}
