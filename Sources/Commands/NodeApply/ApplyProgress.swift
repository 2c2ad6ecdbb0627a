import KubernetesClient
import SwiftletAPI

/// Tells on standard error what happens: one line for each thing, or a picture that is redrawn on a terminal.
struct ApplyProgress: Sendable {
  private let isScreen: Bool
  private let colour: Bool
  private var screen = Screen()
  private var told: [String: String] = [:]

  init(isScreen: Bool, colour: Bool) {
    self.isScreen = isScreen
    self.colour = colour
  }

  /// What to write now; nil where there is nothing new.
  mutating func text(_ picture: ApplyPicture, width: Int?, now: Timestamp) -> String? {
    if isScreen { return screen.replace(with: lines(picture, style: Style(width: width, colour: colour))) }
    var lines: [String] = []
    for (name, outcome) in picture.outcomes.merging(picture.removals, uniquingKeysWith: { first, _ in first })
      .sorted(by: { $0.key < $1.key })
    {
      // What was there already is for the summary.
      guard let words = Self.words(outcome), outcome.result != .present else { continue }
      guard told.updateValue(words, forKey: name) != words else { continue }
      lines.append("\(now.wholeSeconds) \(Escaping.visible(name)): \(words)\n")
    }
    return lines.isEmpty ? nil : lines.joined()
  }

  /// Nil where nothing happens to it.
  private static func words(_ outcome: ImageOutcome) -> String? {
    let image = outcome.image
    switch outcome.result {
    case .waiting: return nil
    case .pulling: return "pulling"
    case .pulled, .refreshed:
      let size = image?.sizeBytes.map { ", \(Quantities.bytes($0))" } ?? ""
      return outcome.result.rawValue.lowercased() + size
    case .present, .removed, .paused: return outcome.result.rawValue.lowercased()
    case .failed, .kept, .retrying:
      var words = outcome.result == .retrying ? "failed, will be tried again" : outcome.result.rawValue.lowercased()
      if let reason = image?.reason { words += ": \(Escaping.visible(reason))" }
      if let message = image?.message, !message.isEmpty { words += ": \(Escaping.visible(message))" }
      return words
    }
  }

  private func lines(_ picture: ApplyPicture, style: Style) -> [String] {
    let outcomes = picture.outcomes
    let done = outcomes.values.count(where: \.isFinal)
    let failed = outcomes.values.count { $0.result == .failed }
    let pulls = outcomes.filter { $0.value.result == .pulling }.sorted { $0.key < $1.key }.map { name, outcome in
      NodeReport.Pull(
        image: name, transferredBytes: outcome.image?.transferredBytes, totalBytes: outcome.image?.totalBytes)
    }
    let share =
      outcomes.isEmpty
      ? 1
      : (Double(done) + pulls.reduce(0) { $0 + Double($1.percent ?? 0) / 100 }) / Double(outcomes.count)
    let width = max(4, min(40, (style.width ?? 80) - 30))
    let filled = min(width, max(0, Int(share * Double(width))))
    let bar =
      style.paint(String(repeating: "#", count: filled), failed > 0 ? .bad : .good)
      + style.paint(String(repeating: "-", count: width - filled), .faint)
    var lines = ["[\(bar)] \(done)/\(outcomes.count)" + (failed > 0 ? style.paint(" \(failed) failed", .bad) : "")]
    for pull in pulls.prefix(8) {
      let amount = pull.percent.map { "\($0)%" } ?? pull.transferredBytes.map { Quantities.bytes($0) } ?? ""
      lines.append(style.fit("  \(Escaping.visible(pull.image)) \(amount)"))
    }
    for (name, outcome) in outcomes.sorted(by: { $0.key < $1.key }) {
      guard outcome.result == .failed || outcome.result == .retrying, let words = Self.words(outcome) else { continue }
      lines.append(style.paint(style.fit("  \(Escaping.visible(name)): \(words)"), .bad))
      if lines.count > 16 { break }
    }
    return lines
  }
}
