/// What a WATCH asks for.
public struct WatchOptions: Sendable, Hashable {
  public var labelSelector: String?
  public var fieldSelector: String?
  /// Where to start. Nil: the current objects come first as `added`, then changes.
  public var resourceVersion: String?
  /// Whether the server reports its version now and then while nothing changes. Without bookmarks silence is no sign
  /// of a lost connection, and only the time limit of the watch ends a dead one.
  public var allowBookmarks: Bool
  /// Whether the state at `resourceVersion` or newer comes first as `added`, closed by a bookmark whose
  /// `initialEventsEnd` is true. Servers without that feature refuse it with 400 or 422.
  public var sendInitialEvents: Bool
  /// When the server ends the watch; 5 to 10 minutes, at random, where nil.
  public var timeout: Duration?

  public init(
    labelSelector: String? = nil, fieldSelector: String? = nil, resourceVersion: String? = nil,
    allowBookmarks: Bool = true, sendInitialEvents: Bool = false, timeout: Duration? = nil
  ) {
    self.labelSelector = labelSelector
    self.fieldSelector = fieldSelector
    self.resourceVersion = resourceVersion
    self.allowBookmarks = allowBookmarks
    self.sendInitialEvents = sendInitialEvents
    self.timeout = timeout
  }
}
