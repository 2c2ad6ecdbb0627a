/// How a create or a patch is done.
public struct WriteOptions: Sendable, Hashable {
  /// Whose fields these are; the client's own name where nil. An apply patch brings its own.
  public var fieldManager: String?
  /// Whether the server only checks the request and changes nothing.
  public var dryRun: Bool

  public init(fieldManager: String? = nil, dryRun: Bool = false) {
    self.fieldManager = fieldManager
    self.dryRun = dryRun
  }
}
