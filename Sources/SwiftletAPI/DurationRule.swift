import KubernetesClient

/// Which durations a field accepts.
struct DurationRule {
  var minimum: Duration
  var maximum: Duration

  /// The duration, or what is wrong with the text.
  func check(_ text: String, path: String) -> Result<Duration, ValidationProblem> {
    func problem(_ kind: ValidationProblem.Kind, _ message: String) -> Result<Duration, ValidationProblem> {
      .failure(ValidationProblem(path: path, kind: kind, message: message))
    }
    let shown = "\"\(text.bounded(to: 64))\""
    guard let value = GoDuration.parse(text) else {
      return problem(.invalid, "\(shown) is no duration such as 90s, 5m or 1h30m")
    }
    guard value >= minimum else {
      return problem(.outOfRange, "\(shown) is less than \(GoDuration.format(minimum))")
    }
    guard value <= maximum else {
      return problem(.outOfRange, "\(shown) is more than \(GoDuration.format(maximum))")
    }
    return .success(value)
  }

  /// Like `check`, with the problem put into `problems`; nil where there is no text or a problem.
  func value(of text: String?, path: String, into problems: inout [ValidationProblem]) -> Duration? {
    guard let text else { return nil }
    switch check(text, path: path) {
    case .success(let value): return value
    case .failure(let problem):
      problems.append(problem)
      return nil
    }
  }
}
