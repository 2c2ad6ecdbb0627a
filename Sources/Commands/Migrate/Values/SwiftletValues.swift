import KubernetesClient

/// Values of Swiftlet's chart with what is to be said about each, in the order in which they are written.
package struct SwiftletValues: Sendable, Hashable {
  private struct Entry: Sendable, Hashable {
    var path: [String]
    var value: JSONValue
    var notes: [String]
  }

  private var entries: [Entry] = []
  /// What has no value here, and needs none.
  package private(set) var notes: [String] = []
  /// What has no equal, or can't be understood: a person has to look at it.
  package var leftOut: [String] = []

  mutating func set(_ path: String, _ value: JSONValue, _ notes: String...) {
    entries.append(Entry(path: path.split(separator: ".").map(String.init), value: value, notes: notes))
  }

  /// A further element of a list.
  mutating func append(_ path: String, _ value: JSONValue, _ note: String? = nil) {
    entries.append(
      Entry(path: path.split(separator: ".").map(String.init) + ["-"], value: value, notes: note.map { [$0] } ?? []))
  }

  mutating func note(_ words: String) { notes.append(words) }

  /// As a values file; it holds nothing that its comments don't explain.
  package var yaml: String {
    var text = YAMLText.comment(
      "Values of deploy/chart/swiftlet, made from kube-fledged's. docs/chart-values.md has them all.")
    for words in leftOut { text += YAMLText.comment("LEFT OUT: \(words)") }
    for words in notes { text += YAMLText.comment(words) }
    var sections: [String] = []
    for entry in entries where !sections.contains(entry.path[0]) { sections.append(entry.path[0]) }
    for section in sections {
      let mine = entries.filter { $0.path[0] == section }
      if mine.count == 1, mine[0].path.count == 1 {
        text += mine[0].notes.map { YAMLText.comment($0) }.joined()
        text += "\(section): \(YAMLText.inline(mine[0].value))\n"
        continue
      }
      text += "\(section):\n"
      var lists: Set<String> = []
      for entry in mine {
        guard entry.path.last == "-" else {
          text += entry.notes.map { YAMLText.comment($0, indent: "  ") }.joined()
          text += "  \(entry.path[1]): \(YAMLText.inline(entry.value))\n"
          continue
        }
        guard lists.insert(entry.path[1]).inserted else { continue }
        text += "  \(entry.path[1]):\n"
        for element in mine where element.path == entry.path {
          text += element.notes.map { YAMLText.comment($0, indent: "    ") }.joined()
          text += "    - \(YAMLText.inline(element.value))\n"
        }
      }
    }
    return text
  }
}
