/// How text is laid out: the width of the terminal and whether it shows colours.
package struct Style: Sendable, Hashable {
  package enum Tone: Sendable, Hashable {
    case good
    case bad
    case busy
    case faint
    case strong
  }

  /// Columns of the terminal; nil where lines may be of any length.
  package var width: Int?
  package var colour: Bool

  package init(width: Int? = nil, colour: Bool = false) {
    self.width = width
    self.colour = colour
  }

  func paint(_ text: String, _ tone: Tone?) -> String {
    guard colour, let tone, !text.isEmpty else { return text }
    let code =
      switch tone {
      case .good: "32"
      case .bad: "31"
      case .busy: "33"
      case .faint: "2"
      case .strong: "1"
      }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }

  /// `text` cut to `limit` characters, with an ellipsis where something was cut.
  static func cut(_ text: String, to limit: Int) -> String {
    guard text.count > limit else { return text }
    return limit < 1 ? "" : text.prefix(limit - 1) + "…"
  }

  /// `text` cut to the width, where there is one.
  func fit(_ text: String) -> String { width.map { Self.cut(text, to: $0) } ?? text }

  /// `text` in lines of at most the width, each after the first with `indent` in front.
  func wrap(_ text: String, indent: String) -> [String] {
    guard let width, text.count > width, width > indent.count + 8 else { return [text] }
    var lines: [String] = []
    var line = ""
    let lead = text.prefix { $0 == " " }
    for word in text.dropFirst(lead.count).split(separator: " ") {
      let start = lines.isEmpty ? String(lead) : indent
      if line.isEmpty {
        line = start + word
      } else if line.count + 1 + word.count <= width {
        line += " " + word
      } else {
        lines.append(line)
        line = indent + word
      }
    }
    if !line.isEmpty { lines.append(line) }
    return lines.map { Self.cut($0, to: width) }
  }
}
