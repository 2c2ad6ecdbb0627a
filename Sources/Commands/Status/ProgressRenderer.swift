package import KubernetesClient
import SwiftletAPI

/// The report as a picture that is drawn again and again: a bar for each set, and what fails.
package struct ProgressRenderer: Sendable {
  package let style: Style
  /// Lines of the terminal; nil where there is no limit.
  package let height: Int?

  package init(style: Style, height: Int? = nil) {
    self.style = style
    self.height = height
  }

  package func lines(_ report: StatusReport, now: Timestamp) -> [String] {
    let text = TextRenderer(style: style)
    var lines = report.pause.map { text.pause($0, now: now) } ?? []
    let pauseLines = lines.count
    let names = report.sets.map { Style.cut(Escaping.visible($0.name), to: 24) }
    let nameWidth = names.reduce(4) { max($0, $1.count) }
    let wordsWidth = min(40, report.sets.reduce(0) { max($0, Self.words($1).count) })
    for (set, name) in zip(report.sets, names) {
      let padding = String(repeating: " ", count: nameWidth - name.count)
      lines.append(bar(set, name: name + padding, wordsWidth: wordsWidth))
    }
    for name in report.missing ?? [] {
      lines.append(style.paint(style.fit("\(Escaping.visible(name)): not there"), .faint))
    }
    if lines.count == pauseLines { lines.append(style.fit("No ImageSet exists.")) }
    for set in report.sets where set.state == .degraded || !(set.failures ?? []).isEmpty {
      lines += text.details(set)
    }
    if let nodes = report.nodes {
      let only = StatusReport(sets: [], nodes: nodes, missing: [])
      lines += text.lines(only, now: now)
    }
    guard let height, lines.count > height, height > 1 else { return lines }
    return lines.prefix(height - 1) + [style.paint(style.fit("… \(lines.count - height + 1) more lines"), .faint)]
  }

  /// `web    [#########---------]   27/90  30%  pulling 2, waiting 59, failed 2`
  private func bar(_ set: SetReport, name: String, wordsWidth: Int) -> String {
    let percent = set.fraction.map { "\(Int($0 * 100))%" } ?? "-"
    let counts = " \(Self.left(set.progress ?? "-", 7)) \(Self.left(percent, 4))  "
    let words = Self.words(set)
    let room = (style.width ?? 100) - name.count - counts.count - 3
    guard room >= 4 else { return style.fit("\(name) \(set.progress ?? "-")") }
    let barWidth = max(4, min(40, room - wordsWidth))
    let filled = Int(((set.fraction ?? 0) * Double(barWidth)).rounded(.down))
    let bar =
      style.paint(String(repeating: "#", count: filled), TextRenderer.tone(set.state))
      + style.paint(String(repeating: "-", count: barWidth - filled), .faint)
    let rest = Style.cut(words, to: max(0, room - barWidth))
    return "\(name) [\(bar)]\(counts)\(style.paint(rest, TextRenderer.tone(set.state)))"
  }

  private static func left(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// What happens now, in few words.
  static func words(_ set: SetReport) -> String {
    guard set.state != .ready, set.state != .pending, let pairs = set.pairs else {
      return set.state.rawValue.lowercased()
    }
    var parts: [String] = []
    if set.state == .paused { parts.append("paused") }
    if pairs.pulling > 0 { parts.append("pulling \(pairs.pulling)") }
    if pairs.waiting > 0 { parts.append("waiting \(pairs.waiting)") }
    if pairs.removing > 0 { parts.append("removing \(pairs.removing)") }
    if pairs.failed > 0 { parts.append("failed \(pairs.failed)") }
    return parts.isEmpty ? Escaping.visible(set.reason ?? set.state.rawValue) : parts.joined(separator: ", ")
  }
}

/// Redraws a picture in place by moving the cursor over the one before.
package struct Screen: Sendable {
  private var drawn: [String]?

  package init() {}

  /// What to write to the terminal to replace the last picture with `lines`; nil where nothing changed.
  package mutating func replace(with lines: [String]) -> String? {
    guard lines != drawn else { return nil }
    var output = ""
    if let drawn, !drawn.isEmpty { output += "\u{1B}[\(drawn.count)A" }
    output += "\r\u{1B}[J"
    for line in lines { output += line + "\n" }
    drawn = lines
    return output
  }
}
