package import KubernetesClient
import SwiftletAPI

/// The report as lines for a log: one for each set whenever something about it changed, and none otherwise.
package struct ChangeLog: Sendable {
  private var last: [String: String] = [:]
  private var missing: Set<String> = []
  private var wasPaused = false

  package init() {}

  package mutating func lines(_ report: StatusReport, now: Timestamp) -> [String] {
    var lines: [String] = []
    if wasPaused != (report.pause != nil) {
      let words = report.pause.map { "everything is \($0.words(now: now))" } ?? "everything goes on"
      lines.append("\(now.wholeSeconds) \(words)")
      wasPaused.toggle()
    }
    for name in report.missing ?? [] where missing.insert(name).inserted {
      lines.append("\(now.wholeSeconds) \(Escaping.visible(name)) not there")
    }
    missing.formIntersection(report.missing ?? [])
    var seen: Set<String> = []
    for set in report.sets {
      seen.insert(set.name)
      let text = Self.words(set)
      if last.updateValue(text, forKey: set.name) != text {
        lines.append("\(now.wholeSeconds) \(Escaping.visible(set.name)) \(text)")
      }
    }
    for name in last.keys.filter({ !seen.contains($0) }).sorted() {
      last[name] = nil
      if !missing.contains(name) { lines.append("\(now.wholeSeconds) \(Escaping.visible(name)) deleted") }
    }
    return lines
  }

  private static func words(_ set: SetReport) -> String {
    var text = "\(set.state.rawValue) \(set.progress ?? "-")"
    if let pairs = set.pairs, pairs.pulling + pairs.waiting + pairs.removing > 0, set.state != .ready {
      var parts: [String] = []
      if pairs.pulling > 0 { parts.append("pulling \(pairs.pulling)") }
      if pairs.waiting > 0 { parts.append("waiting \(pairs.waiting)") }
      if pairs.removing > 0 { parts.append("removing \(pairs.removing)") }
      text += " " + parts.joined(separator: ", ")
    }
    for failure in set.failures ?? [] { text += "; \(TextRenderer.words(failure))" }
    if (set.failures ?? []).isEmpty, set.state == .degraded, let message = set.message {
      text += "; \(Escaping.visible(message))"
    }
    return text
  }
}
