import KubernetesClient

extension PullBudget {
  /// What is wrong with the spec, in the order of its fields. Empty where all is well.
  package var problems: [ValidationProblem] { spec.problems }
}

extension PullBudgetSpec {
  static let intervalRule = DurationRule(minimum: .zero, maximum: .seconds(3600))

  package var problems: [ValidationProblem] {
    var problems: [ValidationProblem] = []
    let numbers = [
      ("maxConcurrentNodes", maxConcurrentNodes), ("maxConcurrentPulls", maxConcurrentPulls),
      ("maxPullsPerNode", maxPullsPerNode), ("maxPullsPerRegistry", maxPullsPerRegistry),
    ]
    for case (let name, let number?) in numbers where number < 1 {
      problems.append(
        ValidationProblem(path: "spec.\(name)", kind: .outOfRange, message: "\(number) is less than 1"))
    }
    _ = Self.intervalRule.value(of: minStartInterval, path: "spec.minStartInterval", into: &problems)
    problems += backoff?.problems(path: "spec.backoff") ?? []
    return problems
  }
}

extension BackoffSpec {
  static let initialRule = DurationRule(minimum: .milliseconds(100), maximum: .seconds(3600))
  static let maxRule = DurationRule(minimum: .milliseconds(100), maximum: .seconds(24 * 3600))

  func problems(path: String) -> [ValidationProblem] {
    var problems: [ValidationProblem] = []
    _ = Self.initialRule.value(of: initial, path: path + ".initial", into: &problems)
    let longest = Self.maxRule.value(of: max, path: path + ".max", into: &problems)
    if problems.isEmpty, let longest, longest < effectiveInitial {
      let message = "\(GoDuration.format(longest)) is less than initial, \(GoDuration.format(effectiveInitial))"
      problems.append(ValidationProblem(path: path + ".max", kind: .outOfRange, message: message))
    }
    return problems
  }
}
