import KubernetesClient

/// The report as text.
package struct MigrationText: Sendable {
  package let style: Style
  /// How many rows each table has at most.
  private static let maxRows = 50

  package init(style: Style) {
    self.style = style
  }

  package func lines(_ report: MigrationReport) -> [String] {
    var lines = heading(report)
    for finding in report.findings { lines += self.finding(finding) }
    if report.moreFindings > 0 { lines.append("  and \(report.moreFindings) more") }
    lines += caches(report)
    if let plan = report.plan, plan.nodes > 0 || report.caches > 0 { lines += self.plan(plan) }
    if !report.steps.isEmpty {
      lines += ["", style.paint("What to do, in this order:", .strong)]
      for (index, step) in report.steps.enumerated() {
        lines.append("\(index + 1). \(step.title)")
        lines += step.commands.map { "     " + Escaping.visible($0) }
      }
    }
    if let skipped = report.skipped {
      let kinds = skipped.sorted { $0.key < $1.key }.prefix(10).map { "\(count($0.value, "object")) of kind \($0.key)" }
      lines += ["", "Passed over: \(Escaping.visible(kinds.joined(separator: ", ")))."]
    }
    return lines
  }

  private func heading(_ report: MigrationReport) -> [String] {
    let place = Escaping.visible(report.source)
    guard report.caches > 0 || !report.findings.isEmpty else {
      return ["Nothing of kube-fledged is in \(place): no ImageCache, and none of its programs."]
    }
    let needed = report.findings.count { $0.severity != .note } + report.imageCaches.count { !$0.leftOut.isEmpty }
    let verdict =
      report.verdict == .ready
      ? style.paint("nothing stands in the way", .good)
      : style.paint("\(count(needed, "thing")) to look at first", .bad)
    return ["\(place): \(count(report.caches, "ImageCache")); \(verdict)"]
  }

  private func finding(_ finding: Finding) -> [String] {
    let mark =
      switch finding.severity {
      case .action: "!"
      case .unknown: "?"
      case .note: "-"
      }
    let object = finding.object.map { Escaping.visible($0) + " " } ?? ""
    let separator = finding.severity == .unknown && !object.isEmpty ? "couldn't be looked at: " : ""
    var lines = style.wrap("\(mark) \(object)\(separator)\(Escaping.visible(finding.message))", indent: "  ")
    if finding.severity != .note, let first = lines.first {
      lines[0] = style.paint("\(first.prefix(1))", .bad) + first.dropFirst()
    }
    return lines
  }

  private func caches(_ report: MigrationReport) -> [String] {
    guard report.caches > 0 else { return [] }
    var table = Table([
      .init(heading: "IMAGECACHE", least: 16), .init(heading: "LISTS"), .init(heading: "IMAGES"),
      .init(heading: "NODES"),
      .init(heading: "TAKEN OVER"), .init(heading: "STATUS", least: 8),
    ])
    for cache in report.imageCaches.prefix(Self.maxRows) {
      table.add([
        .init("\(cache.namespace)/\(cache.name)"), .init("\(cache.lists)"), .init("\(cache.images)"),
        .init(cache.nodes.map { "\($0)" } ?? "?"), .init(Self.words(cache.takeover)),
        .init([cache.status, cache.reason].compactMap { $0 }.joined(separator: " ")),
      ])
    }
    var lines = ["", style.paint("ImageCaches:", .strong)] + table.lines(style: style)
    if report.caches > Self.maxRows { lines.append("and \(report.caches - Self.maxRows) more") }
    for cache in report.imageCaches.prefix(Self.maxRows) {
      let name = "\(cache.namespace)/\(cache.name)"
      for words in cache.leftOut {
        lines += style.wrap(Escaping.visible("! \(name): left out: \(words)"), indent: "  ")
      }
      for words in cache.changes { lines += style.wrap(Escaping.visible("- \(name): \(words)"), indent: "  ") }
    }
    return lines
  }

  private static func words(_ takeover: CacheReport.Takeover) -> String {
    switch takeover {
    case .asItIs: "as it is"
    case .asNew: "as new"
    case .done: "done"
    }
  }

  private func plan(_ plan: FirstPlan) -> [String] {
    var lines = ["", style.paint("The first plan:", .strong)]
    var words =
      "\(count(plan.images.count + plan.moreImages, "image")) on \(plan.planned) of \(count(plan.nodes, "node"))"
    words += " make \(plan.pairs) in all: \(plan.present) there already, \(plan.missing) to pull"
    if plan.unknown > 0 { words += ", \(plan.unknown) not known" }
    words += plan.removals == 0 ? ". Nothing is removed." : ". \(plan.removals) are removed."
    lines += style.wrap(words, indent: "")
    let source =
      plan.inventories > 0
      ? "What is there is said by the NodeInventories of \(count(plan.inventories, "node")), and elsewhere by node.status.images"
      : "What is there is said by node.status.images"
    var hint = source + ", which is only a hint: a kubelet names \(SurveyedNode.reportedImages) images at most"
    if plan.fullLists > 0 { hint += ", and on \(count(plan.fullLists, "node")) that list is full" }
    hint += ". Agents ask the runtime itself, and pull nothing that is there."
    lines += style.wrap(hint, indent: "")
    if !plan.images.isEmpty {
      var table = Table([
        .init(heading: "IMAGE", least: 24), .init(heading: "NODES"), .init(heading: "THERE"), .init(heading: "TO PULL"),
        .init(heading: "UNKNOWN"), .init(heading: "WHERE", least: 8),
      ])
      for image in plan.images.prefix(Self.maxRows) {
        let left = image.nodes - image.present - image.examples.count
        table.add([
          .init(image.image), .init("\(image.nodes)"), .init("\(image.present)"), .init("\(image.missing)"),
          .init("\(image.unknown)"),
          .init(image.examples.joined(separator: ", ") + (left > 0 ? " and \(left) more" : "")),
        ])
      }
      lines += table.lines(style: style)
      let rest = plan.images.count + plan.moreImages - Self.maxRows
      if rest > 0 { lines.append("and \(rest) more images") }
    }
    for node in plan.unreachable {
      lines += style.wrap(
        "- node \(Escaping.visible(node.node)) can't be worked on now (\(node.reason)); its images come when it can",
        indent: "  ")
    }
    if plan.moreUnreachable > 0 { lines.append("  and \(plan.moreUnreachable) more nodes") }
    return lines
  }
}
