/// Keeps a bar from going back while a set's status, which is written at most once a second, is behind what the nodes
/// say of their pulls: a pull that is over no longer runs, but isn't counted as present yet either.
struct ProgressFloor: Sendable {
  private struct Mark: Sendable {
    var progress: String?
    var fraction: Double
  }

  private var marks: [String: Mark] = [:]

  /// The report with fractions that don't fall while the counts are the same.
  mutating func hold(_ report: StatusReport) -> StatusReport {
    var report = report
    for index in report.sets.indices {
      let set = report.sets[index]
      guard var fraction = set.fraction, set.state != .pending else {
        marks[set.name] = nil
        continue
      }
      if let mark = marks[set.name], mark.progress == set.progress { fraction = max(fraction, mark.fraction) }
      marks[set.name] = Mark(progress: set.progress, fraction: fraction)
      report.sets[index].fraction = fraction
    }
    return report
  }
}
