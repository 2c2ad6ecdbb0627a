package import KubernetesClient
import SwiftletAPI

/// The report as text: a table of sets, what is wrong in words, and a table of nodes.
package struct TextRenderer: Sendable {
  package let style: Style

  package init(style: Style) {
    self.style = style
  }

  /// - Parameter now: what ages are counted to.
  package func lines(_ report: StatusReport, now: Timestamp) -> [String] {
    var lines = report.pause.map { pause($0, now: now) } ?? []
    if report.sets.isEmpty, report.missing == nil {
      lines.append(style.fit("No ImageSet exists. Create one, and its images go to the nodes it selects."))
      lines.append(style.fit("ImageCaches aren't shown here: kubectl get imagecaches -A"))
    } else if !report.sets.isEmpty {
      lines += sets(report.sets, now: now)
    }
    for name in report.missing ?? [] {
      lines.append(style.paint(style.fit("No ImageSet is named \(Escaping.visible(name))."), .bad))
    }
    let troubled = report.sets.filter { !$0.ready || $0.state == .degraded }
    for set in troubled {
      lines.append("")
      lines += details(set)
    }
    if let nodes = report.nodes {
      lines.append("")
      lines += self.nodes(nodes)
    }
    return lines
  }

  /// `PAUSED for 3m by root: an outage`, and what that means.
  func pause(_ pause: ClusterPause, now: Timestamp) -> [String] {
    var lines = style.wrap("PAUSED" + pause.words(now: now).dropFirst("paused".count), indent: "  ")
    lines[0] = style.paint(lines[0], .bad)
    if let advice = Advice.sentence(for: "Paused") { lines += style.wrap("  \(advice)", indent: "  ") }
    return lines
  }

  private func sets(_ sets: [SetReport], now: Timestamp) -> [String] {
    var table = Table([
      .init(heading: "NAME", least: 16), .init(heading: "READY"), .init(heading: "PROGRESS"), .init(heading: "NODES"),
      .init(heading: "FAILED"), .init(heading: "AGE"), .init(heading: "REASON", least: 6),
    ])
    for set in sets {
      table.add([
        .init(set.name), .init(set.ready ? "yes" : "no", set.ready ? .good : .busy), .init(set.progress ?? "-"),
        .init(Self.nodes(set.nodes)), .init("\(set.pairs?.failed ?? 0)", (set.pairs?.failed ?? 0) > 0 ? .bad : nil),
        .init(set.createdAt.map { Quantities.age(now - $0) } ?? "-"),
        .init(set.reason ?? set.state.rawValue, Self.tone(set.state)),
      ])
    }
    return table.lines(style: style)
  }

  /// The set's own words, and a sentence for each reason that a person can act on.
  package func details(_ set: SetReport) -> [String] {
    let text = "\(Escaping.visible(set.name)): \(Escaping.visible(Self.headline(set)))"
    var lines = style.wrap(text, indent: "  ")
    if let first = lines.first, let tone = Self.tone(set.state) {
      let name = Escaping.visible(set.name)
      if first.hasPrefix(name) { lines[0] = style.paint(name, tone) + first.dropFirst(name.count) }
    }
    if let reason = set.reason, let advice = Advice.sentence(for: reason),
      !(set.failures ?? []).contains(where: { $0.reason == reason })
    {
      lines += style.wrap("  \(advice)", indent: "  ")
    }
    for failure in set.failures ?? [] { lines += self.failure(failure) }
    return lines
  }

  /// The set's message; just the counts where the failures are listed below anyway.
  private static func headline(_ set: SetReport) -> String {
    guard set.reason == "PullsFailing", let pairs = set.pairs, !(set.failures ?? []).isEmpty else {
      return set.message ?? set.state.rawValue
    }
    return "\(pairs.present) of \(pairs.desired) images present, \(pairs.failed) failing"
  }

  private func failure(_ failure: FailureSummary) -> [String] {
    var lines = style.wrap("  " + Self.words(failure), indent: "    ")
    if let advice = Advice.sentence(for: failure.reason) { lines += style.wrap("    \(advice)", indent: "    ") }
    return lines
  }

  /// `NotFound x2, e.g. docker.io/library/nope:1 on node-1: manifest unknown`.
  static func words(_ failure: FailureSummary) -> String {
    var text = "\(Escaping.visible(failure.reason)) x\(failure.count)"
    if let image = failure.image { text += ", e.g. \(Escaping.visible(image))" }
    if let node = failure.node { text += " on \(Escaping.visible(node))" }
    if let message = failure.message, !message.isEmpty { text += ": \(Escaping.visible(message))" }
    return text
  }

  private func nodes(_ nodes: [NodeReport]) -> [String] {
    guard !nodes.isEmpty else {
      let text = "No node has a NodeInventory yet: nothing wants images there, or the controller isn't running."
      return style.wrap(text, indent: "  ")
    }
    var table = Table([
      .init(heading: "NODE", least: 16), .init(heading: "IMAGES"), .init(heading: "FAILED"),
      .init(heading: "PULLING", least: 7), .init(heading: "RUNTIME", least: 7), .init(heading: "FEATURES", least: 8),
    ])
    for node in nodes {
      let isFull = node.present >= node.desired
      table.add([
        .init(node.name), .init("\(node.present)/\(node.desired)", isFull ? .good : .busy),
        .init("\(node.failed)", node.failed > 0 ? .bad : nil), .init(Self.pulling(node)),
        runtime(of: node),
        .init(node.runtime.map { ($0.features ?? []).joined(separator: ",") } ?? ""),
      ])
    }
    var lines = table.lines(style: style)
    for node in nodes {
      for failure in node.failures ?? [] {
        lines += style.wrap("  \(Self.words(failure))", indent: "    ")
      }
      for limit in node.limits { lines += style.wrap("  \(Self.words(limit, of: node))", indent: "    ") }
    }
    return lines
  }

  private func runtime(of node: NodeReport) -> Table.Cell {
    if let runtime = node.runtime {
      return .init([runtime.name, runtime.version].compactMap { $0 }.joined(separator: " "))
    }
    return node.executor == .jobs ? .init("by Jobs") : .init("no agent yet", .bad)
  }

  /// `RuntimeAccess=Unknown on node-1, Unschedulable: 0/3 nodes are available`.
  static func words(_ condition: Condition, of node: NodeReport) -> String {
    let text =
      "\(Escaping.visible(condition.type))=\(condition.status.rawValue) on \(Escaping.visible(node.name)), "
      + Escaping.visible(condition.reason)
    return condition.message.isEmpty ? text : text + ": \(Escaping.visible(condition.message))"
  }

  static func pulling(_ node: NodeReport) -> String {
    if node.paused == true { return "paused" }
    guard !node.pulling.isEmpty else { return node.removing > 0 ? "removing \(node.removing)" : "-" }
    return node.pulling.map { pull in
      let short = pull.image.hasPrefix("docker.io/library/") ? String(pull.image.dropFirst(18)) : pull.image
      if let percent = pull.percent { return "\(short) \(percent)%" }
      return pull.transferredBytes.map { "\(short) \(Quantities.bytes($0))" } ?? short
    }.joined(separator: ", ")
  }

  static func nodes(_ counts: ReadyCounts?) -> String {
    guard let counts else { return "-" }
    let unreachable = counts.unreachable ?? 0
    return "\(counts.ready)/\(counts.desired)" + (unreachable > 0 ? " (\(unreachable) away)" : "")
  }

  static func tone(_ state: SetReport.State) -> Style.Tone? {
    switch state {
    case .ready: .good
    case .progressing: .busy
    case .degraded: .bad
    case .paused, .pending: .faint
    }
  }
}
