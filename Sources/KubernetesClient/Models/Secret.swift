/// `v1.Secret`. Its values show in no description.
public struct Secret: KubernetesResource, Hashable {
  public static let resourceType = ResourceType(
    group: "", version: "v1", resource: "secrets", kind: "Secret", isNamespaced: true)

  public var metadata: ObjectMeta
  /// Such as `kubernetes.io/dockerconfigjson`.
  public var type: String?
  public var data: [String: SecretData]?

  public init(metadata: ObjectMeta, type: String? = nil, data: [String: SecretData]? = nil) {
    self.metadata = metadata
    self.type = type
    self.data = data
  }
}
