/// Something wrong in a spec that its schema let pass.
package struct ValidationProblem: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Something is missing.
    case required
    /// The text can't be read, or the value has no meaning here.
    case invalid
    /// The same thing was named before.
    case duplicate
    /// None of the words that are known here.
    case unsupported
    /// A number or a duration is too small or too large.
    case outOfRange
  }

  /// Where it is, such as `spec.images[3].image`.
  package let path: String
  package let kind: Kind
  /// What is wrong, in words for the one who wrote it.
  package let message: String

  package init(path: String, kind: Kind, message: String) {
    self.path = path
    self.kind = kind
    self.message = message
  }

  package var description: String { "\(path): \(message)" }
}

extension [ValidationProblem] {
  /// The problems in one line of at most `limit` characters (Unicode scalars), and how many more there are.
  package func summary(limit: Int = 1024) -> String {
    var line = ""
    for (index, problem) in enumerated() {
      let tail = index + 1 == count ? "" : "; and \(count - index - 1) more"
      let part = (index == 0 ? "" : "; ") + problem.description
      guard line.unicodeScalars.count + part.unicodeScalars.count + tail.unicodeScalars.count <= limit else {
        guard index > 0 else { return part.bounded(to: limit) }
        return (line + "; and \(count - index) more").bounded(to: limit)
      }
      line += part
    }
    return line
  }
}
