/// Why waiting for an informer failed.
public enum InformerError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The first complete list didn't come in time; with what stood in the way, where that is known.
  case notSynced(resource: String, after: Duration, availability: Availability)

  public var description: String {
    switch self {
    case .notSynced(let resource, let deadline, .unavailable(let reason)):
      "no complete list of \(resource) within \(deadline): \(reason)"
    case .notSynced(let resource, let deadline, _):
      "no complete list of \(resource) within \(deadline)"
    }
  }
}
