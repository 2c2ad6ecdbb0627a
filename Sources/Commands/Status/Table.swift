/// Rows under headings, in columns.
struct Table {
  struct Column {
    let heading: String
    /// The least width that a column may be cut to; nil for one that is never cut.
    var least: Int?
  }

  struct Cell {
    let text: String
    var tone: Style.Tone?

    init(_ text: String, _ tone: Style.Tone? = nil) {
      self.text = Escaping.visible(text)
      self.tone = tone
    }
  }

  private let columns: [Column]
  private var rows: [[Cell]] = []
  private static let gap = 2

  init(_ columns: [Column]) {
    self.columns = columns
  }

  mutating func add(_ cells: [Cell]) {
    rows.append(cells)
  }

  func lines(style: Style) -> [String] {
    var widths = columns.indices.map { index in
      rows.reduce(columns[index].heading.count) { max($0, $1[index].text.count) }
    }
    if let width = style.width { shrink(&widths, to: width) }
    let heading = columns.map { Cell($0.heading, .strong) }
    return ([heading] + rows).map { cells in line(cells, widths: widths, style: style) }
  }

  /// Takes columns that may be cut, the widest first, down until the rows fit or nothing more can be taken.
  private func shrink(_ widths: inout [Int], to width: Int) {
    var excess = widths.reduce(0, +) + Self.gap * (widths.count - 1) - width
    while excess > 0 {
      let candidates = widths.indices.filter { index in columns[index].least.map { widths[index] > $0 } ?? false }
      guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
      widths[widest] -= 1
      excess -= 1
    }
  }

  private func line(_ cells: [Cell], widths: [Int], style: Style) -> String {
    var parts: [String] = []
    let last = cells.lastIndex { !$0.text.isEmpty } ?? 0
    var used = 0
    for index in 0...last {
      var limit = widths[index]
      if let width = style.width { limit = max(0, min(limit, width - used)) }
      let text = Style.cut(cells[index].text, to: limit)
      let padding = index == last ? "" : String(repeating: " ", count: max(0, widths[index] - text.count))
      parts.append(style.paint(text, cells[index].tone) + padding)
      used += widths[index] + Self.gap
      if let width = style.width, used >= width { break }
    }
    var result = parts.joined(separator: String(repeating: " ", count: Self.gap))
    while result.last == " " { result.removeLast() }
    return result
  }
}
