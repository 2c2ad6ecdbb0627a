import KubernetesClient
import KubernetesRuntime
import TestSupport

/// An API server's storage and watch cache for widgets, as far as a watcher sees them.
struct ModelServer {
  private(set) var objects: [String: Widget] = [:]
  private(set) var revision: UInt64 = 10
  /// Changes with a revision above this one are remembered.
  private(set) var compacted: UInt64 = 10
  private var log: [(revision: UInt64, event: WatchEvent<Widget>)] = []
  private var snapshots: [UInt64: [String: Widget]] = [:]
  private var created = 0

  /// Creates, changes or deletes an object, or forgets old changes.
  mutating func change(using generator: inout SeededGenerator) {
    let name = "w\(Int.random(in: 0..<6, using: &generator))"
    switch Int.random(in: 0..<10, using: &generator) {
    case 0..<6: put(name, value: Int.random(in: 0..<1000, using: &generator))
    case 6..<9: delete(name)
    default: compact()
    }
  }

  mutating func put(_ name: String, value: Int) {
    revision += 1
    if let old = objects[name] {
      let new = Widget(name, version: revision, uid: old.metadata.uid, value: value)
      objects[name] = new
      log.append((revision, .modified(new)))
    } else {
      created += 1
      let new = Widget(name, version: revision, uid: "u\(created)", value: value)
      objects[name] = new
      log.append((revision, .added(new)))
    }
    snapshots[revision] = objects
  }

  mutating func delete(_ name: String) {
    guard var old = objects.removeValue(forKey: name) else { return }
    revision += 1
    old.metadata.resourceVersion = "\(revision)"
    log.append((revision, .deleted(old)))
    snapshots[revision] = objects
  }

  /// Forgets all changes so far.
  mutating func compact() {
    revision += 1
    compacted = revision
    snapshots = [revision: objects]
  }

  /// A page of at most `limit` objects; the token names a snapshot and a place in it.
  func list(token: String?, limit: Int?) throws(WatchFailure) -> ListPage<Widget> {
    var version = revision
    var start = 0
    var all = objects
    if let token {
      let parts = token.split(separator: "/").compactMap { UInt64($0) }
      version = parts[0]
      start = Int(parts[1])
      guard version >= compacted, let snapshot = snapshots[version] ?? (version == revision ? objects : nil) else {
        throw .expired
      }
      all = snapshot
    }
    let sorted = all.values.sorted { $0.key < $1.key }
    let end = min(sorted.count, start + (limit ?? sorted.count))
    return ListPage(
      items: Array(sorted[start..<end]), resourceVersion: "\(version)",
      continueToken: end < sorted.count ? "\(version)/\(end)" : nil)
  }

  /// A stream of what happens after `version`; without one, what is there comes first.
  func watch(from version: String?, name: String?, sendInitialEvents: Bool) throws(WatchFailure) -> Stream {
    var stream = Stream(name: name, position: revision)
    if let start = version.flatMap({ UInt64($0) }) {
      guard start >= compacted else { throw .expired }
      stream.position = start
    } else {
      stream.initial = objects.values.sorted { $0.key < $1.key }
        .filter { name == nil || $0.key.name == name }.map { .added($0) }
      if sendInitialEvents {
        stream.initial.append(.bookmark(resourceVersion: "\(revision)", initialEventsEnd: true))
      }
    }
    return stream
  }

  /// An open watch.
  struct Stream {
    var name: String?
    var position: UInt64
    var initial: [WatchEvent<Widget>] = []
  }

  /// The next event of a stream; nil where it has seen all.
  func next(_ stream: inout Stream) throws(WatchFailure) -> WatchEvent<Widget>? {
    if !stream.initial.isEmpty { return stream.initial.removeFirst() }
    while let (revision, event) = log.first(where: { $0.revision > stream.position }) {
      // A stream that is too far behind is cut off.
      guard stream.position + 30 >= compacted else { throw .expired }
      stream.position = revision
      switch event {
      case .added(let object), .modified(let object), .deleted(let object):
        if let name = stream.name, object.key.name != name { continue }
      case .bookmark: continue
      }
      return event
    }
    return nil
  }
}
