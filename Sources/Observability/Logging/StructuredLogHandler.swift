package import Logging

/// Writes each event as one line: time, level, logger and message, and then the metadata sorted by key.
///
/// Metadata of the event counts before the logger's own, and that before the provider's. A key of the metadata that is
/// also one of the four (or `error`, where the event has one) is written as `metadata.key`.
package struct StructuredLogHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  package var logLevel: Logger.Level

  private let label: String
  private let format: LogFormat
  private let sink: LogSink
  private let now: @Sendable () -> LogTime

  package init(
    label: String, level: Logger.Level, format: LogFormat, sink: LogSink = .standardError,
    metadataProvider: Logger.MetadataProvider? = nil, now: @escaping @Sendable () -> LogTime = { LogTime.now() }
  ) {
    self.label = label
    logLevel = level
    self.format = format
    self.sink = sink
    self.metadataProvider = metadataProvider
    self.now = now
  }

  package subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var fields = [
      LogField("time", .string(now().text)), LogField("level", .string(event.level.rawValue)),
      LogField("logger", .string(label)), LogField("message", .string(event.message.description)),
    ]
    if let error = event.error { fields.append(LogField("error", .string("\(error)"))) }
    let taken = Set(fields.map(\.key))
    let all = merged(event.metadata)
    for (key, value) in all.sorted(by: { $0.key < $1.key }) {
      fields.append(LogField(taken.contains(key) ? "metadata.\(key)" : key, value))
    }
    sink(LogText.line(fields, format: format))
  }

  private func merged(_ event: Logger.Metadata?) -> Logger.Metadata {
    var all = metadataProvider?.get() ?? [:]
    all.merge(metadata) { _, own in own }
    if let event { all.merge(event) { _, own in own } }
    return all
  }
}
