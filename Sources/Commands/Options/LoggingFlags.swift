package import ArgumentParser
package import Logging
package import Observability

/// What is logged and how.
package struct LoggingFlags: ParsableArguments {
  package enum Level: String, CaseIterable, ExpressibleByArgument {
    case trace, debug, info, notice, warning, error, critical
  }

  package enum Format: String, CaseIterable, ExpressibleByArgument {
    case json, logfmt
  }

  @Option(help: "The least level that is logged. (default: info, or SWIFTLET_LOG_LEVEL)")
  package var logLevel: Level?

  @Option(help: "How lines are written. (default: json, logfmt on a terminal, or SWIFTLET_LOG_FORMAT)")
  package var logFormat: Format?

  package init() {}

  /// Checks the flags of a command that people run.
  package func checkForTool() throws { _ = try options(.process, onTerminal: true) }

  /// Sets up what a command that people run logs beside its output.
  ///
  /// - Parameter level: the least that is logged unless somebody asks for more.
  package func bootstrapTool(_ environment: Environment, level: Logger.Level) throws {
    try options(environment, onTerminal: true, standard: LogOptions(level: level, format: .logfmt)).bootstrap()
  }

  /// - Parameters:
  ///   - onTerminal: whether standard error is one.
  ///   - other: what other flags say of the level; counts more than a variable.
  package func options(
    _ environment: Environment, onTerminal: Bool, standard: LogOptions = LogOptions(), otherwise other: Level? = nil
  ) throws -> LogOptions {
    var options = standard
    if let level = try logLevel ?? other ?? environment.value("SWIFTLET_LOG_LEVEL", as: Level.self) {
      options.level = LogOptions.level(named: level.rawValue) ?? options.level
    }
    let format = try logFormat ?? environment.value("SWIFTLET_LOG_FORMAT", as: Format.self)
    switch format {
    case .json: options.format = .json
    case .logfmt: options.format = .logfmt
    case nil: options.format = onTerminal ? .logfmt : standard.format
    }
    return options
  }
}
