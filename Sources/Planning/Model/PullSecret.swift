/// Where credentials for registries are, by name. What is in it is none of the planner's business.
package struct PullSecret: Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    case secret
    /// All of the `imagePullSecrets` of a service account.
    case serviceAccount
  }

  package let kind: Kind
  package let namespace: String
  package let name: String

  package init(namespace: String, name: String, kind: Kind = .secret) {
    self.kind = kind
    self.namespace = namespace
    self.name = name
  }

  package var description: String { "\(namespace)/\(name)" }
}
