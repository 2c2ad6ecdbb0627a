import KubernetesClient

extension LabelSelector {
  /// What is wrong with the expressions: a label selector with such an expression selects nothing.
  func problems(path: String) -> [ValidationProblem] {
    (matchExpressions ?? []).enumerated().compactMap { index, requirement in
      requirement.problem(path: "\(path).matchExpressions[\(index)]")
    }
  }
}

extension LabelSelector.Requirement {
  func problem(path: String) -> ValidationProblem? {
    let hasValues = !(values ?? []).isEmpty
    switch self.operator {
    case "In", "NotIn":
      guard !hasValues else { return nil }
      return ValidationProblem(
        path: path + ".values", kind: .required, message: "the operator \(self.operator) needs at least one value")
    case "Exists", "DoesNotExist":
      guard hasValues else { return nil }
      return ValidationProblem(
        path: path + ".values", kind: .invalid, message: "the operator \(self.operator) takes no values")
    default:
      let message = "\"\(self.operator.bounded(to: 64))\" is none of In, NotIn, Exists and DoesNotExist"
      return ValidationProblem(path: path + ".operator", kind: .unsupported, message: message)
    }
  }
}

extension Toleration {
  /// What a pod's tolerations refuse as well.
  func problems(path: String) -> [ValidationProblem] {
    var problems: [ValidationProblem] = []
    switch self.operator ?? "Equal" {
    case "Equal":
      if (key ?? "").isEmpty {
        let message = "a toleration without a key needs the operator Exists"
        problems.append(ValidationProblem(path: path + ".operator", kind: .invalid, message: message))
      }
    case "Exists":
      if !(value ?? "").isEmpty {
        let message = "the operator Exists takes no value"
        problems.append(ValidationProblem(path: path + ".value", kind: .invalid, message: message))
      }
    default:
      let message = "\"\((self.operator ?? "").bounded(to: 64))\" is neither Exists nor Equal"
      problems.append(ValidationProblem(path: path + ".operator", kind: .unsupported, message: message))
    }
    let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"]
    if let effect, !effect.isEmpty, !effects.contains(effect) {
      let message = "\"\(effect.bounded(to: 64))\" is none of NoSchedule, PreferNoSchedule and NoExecute"
      problems.append(ValidationProblem(path: path + ".effect", kind: .unsupported, message: message))
    }
    return problems
  }
}
