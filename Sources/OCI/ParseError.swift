/// Says where a digest or a platform is wrong.
package struct ParseError: Error, Hashable, CustomStringConvertible {
  /// The input, at most 128 characters of it, control characters escaped.
  package let input: String
  /// The offset of the first character that doesn't fit, counted from 0.
  package let position: Int
  package let problem: String

  init(input: String, position: Int, problem: String) {
    self.input = InputEcho.bounded(input)
    self.position = position
    self.problem = problem
  }

  package var description: String { "\"\(input)\", character \(position + 1): \(problem)" }
}
