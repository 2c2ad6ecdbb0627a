/// `v1.ObjectReference`: points at an object, for events.
public struct ObjectReference: Codable, Sendable, Hashable {
  public var apiVersion: String?
  public var kind: String?
  public var namespace: String?
  public var name: String?
  public var uid: String?
  public var resourceVersion: String?

  public init(
    apiVersion: String? = nil, kind: String? = nil, namespace: String? = nil, name: String? = nil,
    uid: String? = nil, resourceVersion: String? = nil
  ) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.namespace = namespace
    self.name = name
    self.uid = uid
    self.resourceVersion = resourceVersion
  }

  /// Points at `object`.
  public init<R: KubernetesResource>(to object: R) {
    self.init(
      apiVersion: R.resourceType.apiVersion, kind: R.resourceType.kind, namespace: object.metadata.namespace,
      name: object.metadata.name, uid: object.metadata.uid, resourceVersion: object.metadata.resourceVersion)
  }
}
