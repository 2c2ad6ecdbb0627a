import Logging

/// One field of a log line.
struct LogField {
  let key: String
  let value: Logger.MetadataValue

  init(_ key: String, _ value: Logger.MetadataValue) {
    self.key = key
    self.value = value
  }
}
