/// `v1.ConfigMap`.
public struct ConfigMap: KubernetesResource, Hashable {
  public static let resourceType = ResourceType(
    group: "", version: "v1", resource: "configmaps", kind: "ConfigMap", isNamespaced: true)

  public var metadata: ObjectMeta
  public var data: [String: String]?

  public init(metadata: ObjectMeta, data: [String: String]? = nil) {
    self.metadata = metadata
    self.data = data
  }
}
