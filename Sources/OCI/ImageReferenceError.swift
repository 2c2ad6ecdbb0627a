/// Says where an image reference is wrong, in words for the one who wrote it.
package struct ImageReferenceError: Error, Hashable, CustomStringConvertible {
  /// What was written, at most 128 characters of it, control characters escaped.
  package let input: String
  /// The offset of the first character that doesn't fit, counted from 0; the length where something is missing at the
  /// end.
  package let position: Int
  package let problem: String

  init(_ error: ParseError) {
    input = error.input
    position = error.position
    problem = error.problem
  }

  package var description: String { "image reference \"\(input)\", character \(position + 1): \(problem)" }
}
