import KubernetesClient
package import KubernetesRuntime
package import SwiftletAPI
import Synchronization

/// Passes what informers notice to the term of leadership that runs, if one does.
///
/// In a standby nothing happens with changes: its stores follow them, and a term begins by looking at everything.
package final class ChangeRouter: Sendable {
  private struct State {
    var queue: WorkQueue<IntakeKey>?
    /// UIDs of deleted NodeInventories, by name, that the term hasn't heard of yet.
    var removed: [String: Set<String>] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// From now on changes go to this queue.
  package func attach(_ queue: WorkQueue<IntakeKey>) {
    state.withLock { $0 = State(queue: queue) }
  }

  package func detach() {
    state.withLock { $0 = State() }
  }

  package func send(_ key: IntakeKey) {
    state.withLock { $0.queue }?.add(key)
  }

  /// A NodeInventory was deleted.
  package func removed(inventory object: NodeInventory) {
    let name = object.metadata.name ?? ""
    let queue = state.withLock { state in
      if state.queue != nil, let uid = object.metadata.uid { state.removed[name, default: []].insert(uid) }
      return state.queue
    }
    queue?.add(.inventory(name))
  }

  /// The UIDs of this name that were deleted since the last call.
  package func takeRemoved(_ name: String) -> Set<String> {
    state.withLock { $0.removed.removeValue(forKey: name) ?? [] }
  }
}
