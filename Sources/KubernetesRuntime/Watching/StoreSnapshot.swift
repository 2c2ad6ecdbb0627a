import HashTreeCollections
public import KubernetesClient

/// The contents of a store at one moment. A value: it doesn't change while it is looked at.
public struct StoreSnapshot<R: KubernetesResource>: Sendable {
  /// Derives an object's values under one index.
  public typealias IndexFunction = @Sendable (R) -> [String]

  /// Whether the store has held a complete list since it was made.
  public private(set) var isSynced = false

  private var objects: TreeDictionary<ObjectKey, R> = [:]
  private var indexes: [String: TreeDictionary<String, TreeSet<ObjectKey>>]
  private let functions: [String: IndexFunction]

  init(indexes functions: [String: IndexFunction]) {
    self.functions = functions
    indexes = functions.mapValues { _ in [:] }
  }

  /// The number of objects.
  public var count: Int { objects.count }

  /// Every object, in no particular order.
  public var all: [R] { Array(objects.values) }

  /// Every object's key, in no particular order.
  public var keys: [ObjectKey] { Array(objects.keys) }

  /// The object with this key, or nil.
  public subscript(key: ObjectKey) -> R? { objects[key] }

  /// The objects that an index lists under a value, ordered by key. Empty for an index that doesn't exist.
  public func lookup(index: String, value: String) -> [R] {
    keys(index: index, value: value).compactMap { objects[$0] }
  }

  /// The keys of the objects that an index lists under a value, in order.
  public func keys(index: String, value: String) -> [ObjectKey] {
    (indexes[index]?[value]).map { $0.sorted() } ?? []
  }

  /// The values under which an index lists any object, in no particular order.
  public func values(ofIndex index: String) -> [String] {
    (indexes[index]?.keys).map { Array($0) } ?? []
  }

  mutating func markSynced() {
    isSynced = true
  }

  /// Puts an object in, and returns the one that it replaces.
  mutating func insert(_ object: R) -> R? {
    let key = object.key
    let old = objects.updateValue(object, forKey: key)
    for (name, function) in functions {
      let before = old.map(function) ?? []
      let after = function(object)
      guard before != after else { continue }
      unindex(key, under: before, in: name)
      for value in after {
        indexes[name]?[value, default: []].insert(key)
      }
    }
    return old
  }

  /// Takes an object out and returns it; nil where there was none.
  mutating func remove(_ key: ObjectKey) -> R? {
    guard let old = objects.removeValue(forKey: key) else { return nil }
    for (name, function) in functions {
      unindex(key, under: function(old), in: name)
    }
    return old
  }

  private mutating func unindex(_ key: ObjectKey, under values: [String], in name: String) {
    for value in values {
      indexes[name]?[value]?.remove(key)
      if indexes[name]?[value]?.isEmpty == true {
        indexes[name]?[value] = nil
      }
    }
  }
}
