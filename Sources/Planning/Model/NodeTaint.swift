/// A node's taint.
package struct NodeTaint: Hashable, Sendable {
  package static let notReadyKey = "node.kubernetes.io/not-ready"
  package static let unreachableKey = "node.kubernetes.io/unreachable"
  package static let cordonKey = "node.kubernetes.io/unschedulable"
  package static let conditionPrefix = "node.kubernetes.io/"

  package enum Effect: String, Hashable, Sendable {
    case noSchedule = "NoSchedule"
    case preferNoSchedule = "PreferNoSchedule"
    case noExecute = "NoExecute"
  }

  package var key: String
  package var value: String
  package var effect: Effect

  package init(key: String, value: String = "", effect: Effect) {
    self.key = key
    self.value = value
    self.effect = effect
  }

  /// Whether it is one of the two by which Kubernetes says that a node's kubelet isn't well.
  var saysNotReady: Bool { key == Self.notReadyKey || key == Self.unreachableKey }
}
