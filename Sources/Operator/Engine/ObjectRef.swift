package import KubernetesClient
package import Planning

/// An object of one of the front ends' kinds.
package struct ObjectRef: Hashable, Sendable, CustomStringConvertible {
  package let kind: String
  package let key: ObjectKey

  package init(kind: String, key: ObjectKey) {
    self.kind = kind
    self.key = key
  }

  package init(_ id: DemandID) {
    self.init(kind: id.kind, key: ObjectKey(namespace: id.namespace, name: id.name))
  }

  package var description: String { "\(kind) \(key)" }
}
