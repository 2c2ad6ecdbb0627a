/// A `v1` ServiceAccount: its name, and the Secrets that its pods fetch their containers with.
public struct ServiceAccount: KubernetesResource, Hashable {
  public static let resourceType = ResourceType(
    group: "", version: "v1", resource: "serviceaccounts", kind: "ServiceAccount", isNamespaced: true)

  public var metadata: ObjectMeta
  /// Secrets in the same namespace, for the pods that run as this account.
  public var imagePullSecrets: [LocalReference]?

  public struct LocalReference: Codable, Sendable, Hashable {
    public var name: String?

    public init(name: String?) {
      self.name = name
    }
  }

  public init(metadata: ObjectMeta, imagePullSecrets: [LocalReference]? = nil) {
    self.metadata = metadata
    self.imagePullSecrets = imagePullSecrets
  }
}
