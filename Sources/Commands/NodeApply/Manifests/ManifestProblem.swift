/// What is wrong with a file of manifests, and where.
package struct ManifestProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file as it was named; `-` for standard input.
  package var file: String
  /// Which of the file's documents, from 1; nil where it is the file as a whole.
  package var document: Int?
  /// The kind and name of the object, such as `ImageSet web`, as far as they could be read.
  package var object: String?
  package var message: String

  package init(file: String, document: Int? = nil, object: String? = nil, message: String) {
    self.file = file
    self.document = document
    self.object = object
    self.message = message
  }

  package var description: String {
    var text = file == "-" ? "standard input" : Escaping.visible(file)
    if let document { text += ", document \(document)" }
    if let object { text += " (\(Escaping.visible(object)))" }
    return "\(text): \(Escaping.visible(message))"
  }
}

/// All that is wrong with the input.
package struct ManifestProblems: Error, Sendable, Hashable, CustomStringConvertible {
  /// How many are told at most.
  package static let limit = 20

  package let problems: [ManifestProblem]

  package init(_ problems: [ManifestProblem]) {
    self.problems = problems
  }

  package var description: String {
    var lines = problems.prefix(Self.limit).map(\.description)
    if problems.count > Self.limit { lines.append("and \(problems.count - Self.limit) more") }
    return lines.joined(separator: "\n")
  }
}
