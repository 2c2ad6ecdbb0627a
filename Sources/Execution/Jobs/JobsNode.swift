package import KubernetesClient

/// What Jobs need to know of their Node.
package struct JobsNode: Sendable, Hashable {
  package var name: String
  package var uid: String
  /// Ready, not cordoned and not about to go: pods start there.
  package var isUsable: Bool
  /// `os/architecture`, where the Node says so.
  package var platform: String?
  /// Pods there can have images as volumes.
  package var mountsImages: Bool

  package init(
    name: String, uid: String, isUsable: Bool = true, platform: String? = nil, mountsImages: Bool = false
  ) {
    self.name = name
    self.uid = uid
    self.isUsable = isUsable
    self.platform = platform
    self.mountsImages = mountsImages
  }

  package init(_ node: Node, mountsImages: Bool = false) {
    let ready = node.status?.conditions?.first { $0.type == "Ready" }?.status == .yes
    let labels = node.metadata.labels ?? [:]
    let architecture = labels["kubernetes.io/arch"] ?? node.status?.nodeInfo?.architecture
    self.init(
      name: node.metadata.name ?? "", uid: node.metadata.uid ?? "",
      isUsable: ready && node.spec?.unschedulable != true && node.metadata.deletionTimestamp == nil,
      platform: architecture.map { "\(labels["kubernetes.io/os"] ?? "linux")/\($0)" },
      mountsImages: mountsImages)
  }
}
