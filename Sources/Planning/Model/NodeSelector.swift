/// Which nodes a demand wants: all of `labels` and all of `expressions` must hold.
package struct NodeSelector: Hashable, Sendable {
  /// As `matchExpressions` of a Kubernetes label selector; `greaterThan` and `lessThan` as node affinity has them.
  package enum Expression: Hashable, Sendable {
    case isIn(key: String, values: Set<String>)
    /// Also holds where the label is missing.
    case notIn(key: String, values: Set<String>)
    case exists(key: String)
    case doesNotExist(key: String)
    case greaterThan(key: String, value: Int64)
    case lessThan(key: String, value: Int64)
    /// Holds nowhere: what a front end makes of an expression that it can't read, so that it doesn't pick every node.
    case never
  }

  package var labels: [String: String]
  package var expressions: [Expression]

  package init(labels: [String: String] = [:], expressions: [Expression] = []) {
    self.labels = labels
    self.expressions = expressions
  }

  package static let everything = NodeSelector()

  package func matches(_ node: [String: String]) -> Bool {
    labels.allSatisfy { node[$0.key] == $0.value } && expressions.allSatisfy { $0.matches(node) }
  }
}

extension NodeSelector.Expression {
  package func matches(_ node: [String: String]) -> Bool {
    switch self {
    case .isIn(let key, let values): node[key].map(values.contains) ?? false
    case .notIn(let key, let values): !(node[key].map(values.contains) ?? false)
    case .exists(let key): node[key] != nil
    case .doesNotExist(let key): node[key] == nil
    case .greaterThan(let key, let value): node[key].flatMap { Int64($0) }.map { $0 > value } ?? false
    case .lessThan(let key, let value): node[key].flatMap { Int64($0) }.map { $0 < value } ?? false
    case .never: false
    }
  }
}
