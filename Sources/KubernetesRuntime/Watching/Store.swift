public import KubernetesClient
import Synchronization

/// The objects of one kind as last seen: one writer, any number of readers, which never wait for I/O.
///
/// Readers get values, not views: `snapshot` is consistent in itself and costs nothing to take. A list of everything
/// replaces the contents in one step, so no reader sees half of it.
///
/// An ``Informer`` writes its own store. Whoever makes a store by hand is its only writer.
public final class Store<R: KubernetesResource>: Sendable {
  private let state: Mutex<StoreSnapshot<R>>
  private let functions: [String: StoreSnapshot<R>.IndexFunction]

  /// - Parameter indexes: named functions from an object to the values under which it is found, such as the name of
  ///   the node that a pod runs on. They must always say the same for the same object.
  public init(indexes: [String: @Sendable (R) -> [String]] = [:]) {
    functions = indexes
    state = Mutex(StoreSnapshot(indexes: indexes))
  }

  /// Everything at this moment.
  public var snapshot: StoreSnapshot<R> { state.withLock { $0 } }

  /// Whether the store has held a complete list since it was made. It stays true while the server can't be reached;
  /// whether the contents can be trusted to be recent is the informer's `availability`.
  public var isSynced: Bool { state.withLock { $0.isSynced } }

  /// Every object, in no particular order.
  public var all: [R] { snapshot.all }

  /// The number of objects.
  public var count: Int { state.withLock { $0.count } }

  /// The object with this key, or nil.
  public subscript(key: ObjectKey) -> R? { state.withLock { $0[key] } }

  /// The objects that an index lists under a value, ordered by key. Empty for an index that doesn't exist.
  public func lookup(index: String, value: String) -> [R] {
    snapshot.lookup(index: index, value: value)
  }

  /// Puts an object in.
  ///
  /// - Returns: the change for the handlers.
  @discardableResult
  public func upsert(_ object: R) -> StoreChange<R> {
    .upserted(old: state.withLock { $0.insert(object) }, new: object)
  }

  /// Takes an object out.
  ///
  /// - Returns: the change for the handlers; nil where there was no such object.
  @discardableResult
  public func remove(_ key: ObjectKey) -> StoreChange<R>? {
    state.withLock { $0.remove(key) }.map { .removed($0) }
  }

  /// Replaces the contents in one step, and marks the store as synced.
  ///
  /// - Returns: the changes for the handlers: one for each object that is new or has another resourceVersion than
  ///   before, and one for each that is gone; ending in `synced` the first time.
  @discardableResult
  public func replace(with objects: [R]) -> [StoreChange<R>] {
    var next = StoreSnapshot<R>(indexes: functions)
    for object in objects {
      _ = next.insert(object)
    }
    next.markSynced()
    let old = state.withLock { current in
      defer { current = next }
      return current
    }
    var changes: [StoreChange<R>] = []
    for object in next.all {
      let before = old[object.key]
      guard let before, before.isSameVersion(as: object) else {
        changes.append(.upserted(old: before, new: object))
        continue
      }
    }
    for key in old.keys where next[key] == nil {
      if let gone = old[key] { changes.append(.removed(gone)) }
    }
    if !old.isSynced { changes.append(.synced) }
    return changes
  }
}

extension KubernetesResource {
  /// Whether both are the same object in the same version.
  fileprivate func isSameVersion(as other: Self) -> Bool {
    guard let version = metadata.resourceVersion else { return false }
    return version == other.metadata.resourceVersion && metadata.uid == other.metadata.uid
  }
}
