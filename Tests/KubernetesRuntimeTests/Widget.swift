import KubernetesClient

/// A small kind for tests.
struct Widget: KubernetesResource, Hashable {
  static let resourceType = ResourceType(
    group: "example.com", version: "v1", resource: "widgets", kind: "Widget", isNamespaced: false)

  var metadata: ObjectMeta
  var value: Int?

  init(_ name: String, version: UInt64? = nil, uid: String? = nil, value: Int? = nil) {
    metadata = ObjectMeta(name: name, uid: uid ?? "uid-\(name)", resourceVersion: version.map { "\($0)" })
    self.value = value
  }
}
