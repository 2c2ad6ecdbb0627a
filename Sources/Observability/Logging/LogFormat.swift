/// How log lines are written.
package enum LogFormat: String, Sendable, Hashable, CaseIterable {
  /// One JSON object a line.
  case json
  /// `key=value` pairs, for people.
  case logfmt
}
