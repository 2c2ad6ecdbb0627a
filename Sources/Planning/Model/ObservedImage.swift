/// One image on one node, as its agent reports it.
package struct ObservedImage: Hashable, Sendable {
  package enum State: Hashable, Sendable {
    case present
    case pulling
    case waiting
    case failed
    case removing
  }

  package enum Origin: Hashable, Sendable {
    /// Swiftlet pulled it.
    case pulled
    /// It was there, and Swiftlet took it over.
    case adopted
    /// It was there before; Swiftlet doesn't remove it.
    case found
  }

  /// The reason of an entry that couldn't be removed because something uses it.
  package static let inUseReason = "InUse"
  /// The reason of an entry that couldn't be removed because somebody else pinned it.
  package static let pinnedReason = "Pinned"
  /// The reason of an entry that couldn't be removed because the image has names that aren't Swiftlet's.
  package static let sharedReason = "SharedImage"
  /// The reason of an entry for which the controller may not read a pull secret.
  package static let secretUnreadableReason = "SecretUnreadable"
  /// The longest `message` that is kept.
  package static let maxMessageLength = 256

  package var state: State
  package var origin: Origin?
  /// From the plan that last named it.
  package var retention: RetentionRule?
  package var retryAt: Instant?
  package var reason: String?
  package var message: String?
  package var attempts: Int
  /// When the copy was last pulled or compared with the registry.
  package var checkedAt: Instant?
  package var transferredBytes: Int64?
  package var totalBytes: Int64?
  package var sizeBytes: Int64?
  /// The manifest digest, `sha256:…`.
  package var digest: String?

  /// Whether an attempt is under way after several came to nothing, and no bytes came by it yet.
  var isRetrying: Bool {
    state == .pulling && reason != nil && attempts >= Self.failingAttempts && (transferredBytes ?? 0) == 0
  }

  /// From the second failure on a pair counts as failed also while it is tried again: some attempts take a minute to
  /// fail and a moment to be made anew, and nobody would see that.
  private static let failingAttempts = 2

  package init(
    state: State, origin: Origin? = nil, retention: RetentionRule? = nil, retryAt: Instant? = nil,
    reason: String? = nil, message: String? = nil, attempts: Int = 0, checkedAt: Instant? = nil,
    transferredBytes: Int64? = nil, totalBytes: Int64? = nil, sizeBytes: Int64? = nil, digest: String? = nil
  ) {
    self.state = state
    self.origin = origin
    self.retention = retention
    self.retryAt = retryAt
    self.reason = reason
    self.message = message.map { String($0.prefix(Self.maxMessageLength)) }
    self.attempts = attempts
    self.checkedAt = checkedAt
    self.transferredBytes = transferredBytes
    self.totalBytes = totalBytes
    self.sizeBytes = sizeBytes
    self.digest = digest
  }
}
