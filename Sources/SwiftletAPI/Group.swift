import KubernetesClient

/// Names that all of Swiftlet's own objects share.
package enum SwiftletGroup {
  package static let name = "swiftlet.dev"
  package static let version = "v1"
  /// The namespace that the manifests install into.
  package static let systemNamespace = "swiftlet-system"

  static func type(_ resource: String, _ kind: String) -> ResourceType {
    ResourceType(group: name, version: version, resource: resource, kind: kind, isNamespaced: false)
  }
}

/// What happens to an image once nobody wants it on a node any more.
package enum Retention: String, Codable, Sendable, Hashable, CaseIterable {
  case delete = "Delete"
  case retain = "Retain"
}

/// Who pulls and removes images.
package enum Executor: String, Codable, Sendable, Hashable, CaseIterable {
  /// The node's agent where it has one, Kubernetes Jobs otherwise.
  case auto = "Auto"
  /// Only agents.
  case agent = "Agent"
  /// Only Kubernetes Jobs.
  case jobs = "Jobs"
}

/// When an image is pulled.
package enum PullPolicy: String, Codable, Sendable, Hashable, CaseIterable {
  /// Where the node doesn't have it.
  case ifNotPresent = "IfNotPresent"
  /// Also where the node has a copy that is older than the set, so that a moved tag is followed.
  case always = "Always"
}
