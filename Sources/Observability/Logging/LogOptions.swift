package import Logging

/// How the program logs: `--log-level` and `--log-format`.
package struct LogOptions: Sendable, Hashable {
  package var level: Logger.Level
  package var format: LogFormat

  package init(level: Logger.Level = .info, format: LogFormat = .json) {
    self.level = level
    self.format = format
  }

  /// Sends everything that is logged from now on to standard error. To be called once, when the program starts.
  package func bootstrap() {
    LoggingSystem.bootstrap(
      { label, provider in
        StructuredLogHandler(label: label, level: level, format: format, metadataProvider: provider)
      }, metadataProvider: nil)
  }

  /// The level of that name, in any case, also `warn`; nil for other words.
  package static func level(named name: String) -> Logger.Level? {
    let name = name.lowercased()
    return name == "warn" ? .warning : Logger.Level(rawValue: name)
  }
}
