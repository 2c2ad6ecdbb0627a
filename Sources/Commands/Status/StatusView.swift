import KubernetesClient

/// Shows one report after the other, in the form that fits where they go.
struct StatusView: Sendable {
  enum Form: Sendable {
    /// Redrawn in place.
    case screen
    /// A line for each change.
    case lines
    /// A JSON document a line, whenever something changed.
    case json
  }

  private let form: Form
  private var floor = ProgressFloor()
  private var screen = Screen()
  private var log = ChangeLog()
  private var last: StatusReport?
  private var lastNotice: String?

  init(form: Form) {
    self.form = form
  }

  /// What to write now; nil where there is nothing new.
  ///
  /// - Parameters:
  ///   - notice: something about the connection that a person should know.
  ///   - style: for a screen; its size may change.
  mutating func text(
    _ report: StatusReport, notice: String?, style: Style, height: Int?, now: Timestamp
  ) throws -> String? {
    switch form {
    case .screen:
      var lines = ProgressRenderer(style: style, height: height.map { $0 - 1 }).lines(floor.hold(report), now: now)
      if let notice { lines.append(style.paint(style.fit(Escaping.visible(notice)), .bad)) }
      return screen.replace(with: lines)
    case .lines:
      var lines = log.lines(report, now: now)
      if let notice, notice != lastNotice { lines.append("\(now.wholeSeconds) \(Escaping.visible(notice))") }
      lastNotice = notice
      return lines.isEmpty ? nil : lines.map { $0 + "\n" }.joined()
    case .json:
      guard report != last else { return nil }
      last = report
      return try JSONRenderer.text(report, indented: false) + "\n"
    }
  }
}
