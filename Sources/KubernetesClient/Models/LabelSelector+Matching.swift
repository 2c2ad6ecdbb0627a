extension LabelSelector {
  /// Whether an object with these labels is selected. An empty selector selects everything.
  ///
  /// Follows `metav1.LabelSelector`: every label and every expression must hold; `NotIn` and `DoesNotExist` also
  /// hold where the key is missing. An expression with an operator that this library doesn't know never holds.
  public func matches(_ labels: [String: String]?) -> Bool {
    let labels = labels ?? [:]
    return (matchLabels ?? [:]).allSatisfy { labels[$0.key] == $0.value }
      && (matchExpressions ?? []).allSatisfy { $0.matches(labels) }
  }
}

extension LabelSelector.Requirement {
  /// Whether the expression holds for an object with these labels.
  public func matches(_ labels: [String: String]) -> Bool {
    let value = labels[key]
    switch self.operator {
    case "In": return value.map { (values ?? []).contains($0) } ?? false
    case "NotIn": return value.map { !(values ?? []).contains($0) } ?? true
    case "Exists": return value != nil
    case "DoesNotExist": return value == nil
    default: return false
    }
  }
}
