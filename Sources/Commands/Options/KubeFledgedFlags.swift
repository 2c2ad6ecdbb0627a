package import ArgumentParser
package import Logging

/// Flags and variables of kube-fledged's programs that say how they log, and with what images they worked.
package struct KubeFledgedFlags: ParsableArguments {
  /// The levels of Go's glog.
  package enum Severity: String, CaseIterable, ExpressibleByArgument {
    case info = "INFO"
    case warning = "WARNING"
    case error = "ERROR"
    case fatal = "FATAL"

    /// In any case, and by their numbers, as glog takes them.
    package init?(argument: String) {
      guard let found = Self(rawValue: argument.uppercased()) ?? Self.allCases.first(where: { $0.number == argument })
      else { return nil }
      self = found
    }

    private var number: String { Self.allCases.firstIndex(of: self).map { "\($0)" } ?? "" }

    var level: LoggingFlags.Level {
      switch self {
      case .info: .info
      case .warning: .warning
      case .error: .error
      case .fatal: .critical
      }
    }
  }

  @Option(help: ArgumentHelp("The least level that is logged, in glog's words. --log-level counts more."))
  package var stderrthreshold: Severity?

  @Option(
    name: .customLong("v"),
    help: ArgumentHelp("glog's verbosity: from 4 on debug, from 6 on trace messages are logged.", valueName: "number"))
  package var verbosity: UInt8?

  @Option(help: "Taken and without effect: logs always go to standard error.")
  package var logtostderr: SwitchArgument?

  @Option(help: "Taken and without effect: logs always go to standard error.")
  package var alsologtostderr: SwitchArgument?

  package init() {}

  /// What the flags say of the level; nil where they say nothing.
  package var level: LoggingFlags.Level? {
    let threshold = stderrthreshold ?? (verbosity == nil ? nil : .info)
    guard threshold == .info, let verbosity else { return threshold?.level }
    switch verbosity {
    case 0...3: return .info
    case 4...5: return .debug
    default: return .trace
    }
  }

  /// Images that kube-fledged's Jobs need and Swiftlet's don't.
  package static let unusedVariables = ["KUBEFLEDGED_CRI_CLIENT_IMAGE", "BUSYBOX_IMAGE"]

  /// The namespace, as flags and variables say it, kube-fledged's last.
  package static func namespace(_ flag: String?, _ environment: Environment) -> String? {
    flag ?? environment.text("SWIFTLET_NAMESPACE") ?? environment.text("POD_NAMESPACE")
      ?? environment.text("KUBEFLEDGED_NAMESPACE")
  }

  /// Says once which of kube-fledged's variables are set and have no meaning here.
  package static func notice(_ environment: Environment, logger: Logger) {
    let names = unusedVariables.filter { environment.text($0) != nil }
    guard !names.isEmpty else { return }
    logger.notice(
      "these variables of kube-fledged are not needed and have no effect",
      metadata: ["variables": "\(names.joined(separator: ", "))"])
  }
}
