/// `v1.Namespace`: metadata and phase.
public struct Namespace: KubernetesResource, Hashable {
  public static let resourceType = ResourceType(
    group: "", version: "v1", resource: "namespaces", kind: "Namespace", isNamespaced: false)

  public var metadata: ObjectMeta
  public var status: NamespaceStatus?

  public init(metadata: ObjectMeta, status: NamespaceStatus? = nil) {
    self.metadata = metadata
    self.status = status
  }
}

/// `v1.NamespaceStatus` in part.
public struct NamespaceStatus: Codable, Sendable, Hashable {
  /// `Active` or `Terminating`.
  public var phase: String?

  public init(phase: String? = nil) {
    self.phase = phase
  }
}
