/// `apiextensions.k8s.io/v1` CustomResourceDefinition: whether a kind is there and served.
public struct CustomResourceDefinition: KubernetesResource, Hashable {
  public static let resourceType = ResourceType(
    group: "apiextensions.k8s.io", version: "v1", resource: "customresourcedefinitions",
    kind: "CustomResourceDefinition", isNamespaced: false)

  public var metadata: ObjectMeta
  public var status: CustomResourceDefinitionStatus?

  public init(metadata: ObjectMeta, status: CustomResourceDefinitionStatus? = nil) {
    self.metadata = metadata
    self.status = status
  }
}

/// `apiextensions.k8s.io/v1` CustomResourceDefinitionStatus in part.
public struct CustomResourceDefinitionStatus: Codable, Sendable, Hashable {
  public var conditions: [StatusCondition]?

  public init(conditions: [StatusCondition]? = nil) {
    self.conditions = conditions
  }
}
