/// How an object is deleted.
public struct DeleteOptions: Sendable, Hashable {
  /// What becomes of the objects that it owns.
  public enum Propagation: String, Sendable, Hashable {
    case background = "Background"
    case foreground = "Foreground"
    case orphan = "Orphan"
  }

  /// The kind's default where nil.
  public var propagation: Propagation?
  /// Deletes only the object with this UID; otherwise the server answers 409.
  public var preconditionUID: String?
  /// Deletes only this version; otherwise the server answers 409.
  public var preconditionResourceVersion: String?
  /// In whole seconds, rounded up; the kind's default where nil.
  public var gracePeriod: Duration?
  /// Whether the server only checks the request and deletes nothing.
  public var dryRun: Bool

  public init(
    propagation: Propagation? = nil, preconditionUID: String? = nil, preconditionResourceVersion: String? = nil,
    gracePeriod: Duration? = nil, dryRun: Bool = false
  ) {
    self.propagation = propagation
    self.preconditionUID = preconditionUID
    self.preconditionResourceVersion = preconditionResourceVersion
    self.gracePeriod = gracePeriod
    self.dryRun = dryRun
  }
}
