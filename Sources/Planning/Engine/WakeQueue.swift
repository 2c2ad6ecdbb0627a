import HeapModule

/// When which node wants to be looked at again, at most one time for each.
struct WakeQueue: Sendable {
  private struct Entry: Comparable {
    let at: Instant
    let node: String

    static func < (left: Entry, right: Entry) -> Bool { (left.at, left.node) < (right.at, right.node) }
  }

  private var times: [String: Instant] = [:]
  /// Also holds entries that were overtaken; those differ from `times`.
  private var heap = Heap<Entry>()

  subscript(node: String) -> Instant? { times[node] }

  mutating func set(_ node: String, at time: Instant?) {
    guard times[node] != time else { return }
    times[node] = time
    if let time { heap.insert(Entry(at: time, node: node)) }
    dropOvertaken()
    if heap.count > 4 * times.count + 64 {
      heap = Heap(times.map { Entry(at: $0.value, node: $0.key) })
    }
  }

  var first: Instant? { heap.min?.at }

  /// Takes the nodes whose time has come.
  mutating func take(until now: Instant) -> [String] {
    var due: [String] = []
    while let entry = heap.min, entry.at <= now {
      due.append(entry.node)
      times[entry.node] = nil
      dropOvertaken()
    }
    return due
  }

  private mutating func dropOvertaken() {
    while let entry = heap.min, times[entry.node] != entry.at { _ = heap.popMin() }
  }
}
