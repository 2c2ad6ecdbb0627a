/// A secret with credentials for registries, by name. What is in it is none of the planner's business.
package struct PullSecret: Hashable, Sendable, CustomStringConvertible {
  package let namespace: String
  package let name: String

  package init(namespace: String, name: String) {
    self.namespace = namespace
    self.name = name
  }

  package var description: String { "\(namespace)/\(name)" }
}
