package import SwiftletAPI

/// What is said about one write.
package struct AdmissionVerdict: Sendable, Hashable {
  /// How many warnings are given at most. Clients show each on a line of its own.
  static let maxWarnings = 10
  /// How long a warning may be: API servers cut what is longer once there is much of it.
  static let maxWarningLength = 256

  /// What the write would bring that is wrong. Empty where it is allowed.
  package var problems: [ValidationProblem]
  /// What the writer is told although it is allowed.
  package var warnings: [ValidationProblem]

  package init(problems: [ValidationProblem] = [], warnings: [ValidationProblem] = []) {
    self.problems = problems
    self.warnings = warnings
  }

  package static let allowed = AdmissionVerdict()

  package var isAllowed: Bool { problems.isEmpty }

  /// The warnings as they are sent: bounded in number and length.
  var warningLines: [String] {
    let lines = warnings.prefix(Self.maxWarnings).map { $0.description.bounded(to: Self.maxWarningLength) }
    let rest = warnings.count - lines.count
    return rest > 0 ? lines + ["and \(rest) more warnings"] : lines
  }
}
