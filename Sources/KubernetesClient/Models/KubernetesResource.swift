/// A kind that the API server serves: where it lives and what it is called.
public struct ResourceType: Sendable, Hashable {
  /// The API group; empty for the core group.
  public let group: String
  /// The version, such as `v1`.
  public let version: String
  /// The plural that stands in paths, such as `nodes`.
  public let resource: String
  /// The kind, such as `Node`.
  public let kind: String
  /// Whether objects live in namespaces.
  public let isNamespaced: Bool

  public init(group: String, version: String, resource: String, kind: String, isNamespaced: Bool) {
    self.group = group
    self.version = version
    self.resource = resource
    self.kind = kind
    self.isNamespaced = isNamespaced
  }

  /// `group/version`, or the version alone for the core group.
  public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
}

/// A type that stands for one kind of Kubernetes object.
///
/// `apiVersion` and `kind` are no fields: the client adds them when it writes an object. A type may leave out
/// fields that it doesn't use, because the client writes differences (patches), never a whole decoded object.
public protocol KubernetesResource: Codable, Sendable {
  static var resourceType: ResourceType { get }
  var metadata: ObjectMeta { get set }
}

extension KubernetesResource {
  /// The object's namespace and name.
  public var key: ObjectKey { ObjectKey(namespace: metadata.namespace, name: metadata.name ?? "") }
}

/// A namespace, where the kind has one, and a name.
public struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let namespace: String?
  public let name: String

  public init(namespace: String? = nil, name: String) {
    self.namespace = namespace
    self.name = name
  }

  public var description: String { namespace.map { "\($0)/\(name)" } ?? name }

  public static func < (left: ObjectKey, right: ObjectKey) -> Bool {
    (left.namespace ?? "", left.name) < (right.namespace ?? "", right.name)
  }
}
