/// Whether what a store holds can be taken for what the server has.
///
/// Unknown is not none: while this says unavailable, the store keeps the objects that it last saw, and an object that
/// it doesn't hold may well exist.
public enum Availability: Sendable, Hashable {
  /// Nothing has been heard from the server yet.
  case pending
  /// The store is complete and follows the server's changes.
  case available
  /// The kind can't be listed or watched at present.
  case unavailable(reason: UnavailableReason)

  public var isAvailable: Bool { self == .available }
}

/// Why objects of a kind can't be followed, as far as a caller may want to tell apart.
public enum UnavailableReason: Sendable, Hashable {
  /// The server has no such kind (404): its CustomResourceDefinition isn't there, or isn't served any more.
  case kindMissing
  /// The credentials don't allow it (401 or 403).
  case forbidden(message: String)
  /// The server can't be reached or doesn't answer as it should.
  case failing(message: String)
}

extension UnavailableReason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .kindMissing: "the server doesn't serve this kind"
    case .forbidden(let message): "not allowed: \(message)"
    case .failing(let message): message
    }
  }
}
