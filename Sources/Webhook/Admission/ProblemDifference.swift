package import SwiftletAPI

extension [ValidationProblem] {
  /// The problems that `old` doesn't have: where a problem stands in a list doesn't matter, how often it is there does.
  package func without(_ old: [ValidationProblem]) -> [ValidationProblem] {
    var known: [ProblemKey: Int] = [:]
    for problem in old { known[ProblemKey(problem), default: 0] += 1 }
    return filter { problem in
      let key = ProblemKey(problem)
      guard let count = known[key], count > 0 else { return true }
      known[key] = count - 1
      return false
    }
  }
}

/// What makes two problems the same: all but their indices, which change when something is put before them.
private struct ProblemKey: Hashable {
  let path: String
  let kind: ValidationProblem.Kind
  let message: String

  init(_ problem: ValidationProblem) {
    path = Self.withoutIndices(problem.path)
    kind = problem.kind
    message = Self.withoutIndices(problem.message)
  }

  /// The text with every `[12]` made `[]`.
  private static func withoutIndices(_ text: String) -> String {
    var result: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      result.append(byte)
      guard byte == UInt8(ascii: "[") else { continue }
      let digits = rest.prefix { (48...57).contains($0) }
      if rest.dropFirst(digits.count).first == UInt8(ascii: "]") { rest = rest.dropFirst(digits.count) }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
