/// Whether an event tells of something expected.
public enum EventType: String, Sendable, Hashable {
  case normal = "Normal"
  /// Somebody may have to look.
  case warning = "Warning"
}
