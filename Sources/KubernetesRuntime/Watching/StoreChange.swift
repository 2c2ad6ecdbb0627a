public import KubernetesClient

/// What an informer tells its handlers.
///
/// A change says that something happened, not all that happened: several changes of one object may arrive as one
/// (after a lost connection or a new list). Decide by what the store holds, not by the change.
public enum StoreChange<R: KubernetesResource>: Sendable {
  /// The object is there. `old` is the version that the store held before, nil where there was none.
  case upserted(old: R?, new: R)
  /// The object is gone. The last version that was seen.
  case removed(R)
  /// The store holds everything that the server had. Sent once, after the first complete list.
  case synced

  /// The key of the object that changed; nil for `synced`.
  public var key: ObjectKey? {
    switch self {
    case .upserted(_, let new): new.key
    case .removed(let old): old.key
    case .synced: nil
    }
  }
}
