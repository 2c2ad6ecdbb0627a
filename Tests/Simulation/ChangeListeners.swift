import Synchronization

/// Who wants to know of changes to a simulated runtime's images.
final class ChangeListeners: Sendable {
  struct Listener: Sendable {
    var id: Int
    var changes: AsyncStream<Void>
  }

  private struct State {
    var nextID = 0
    var continuations: [Int: AsyncStream<Void>.Continuation] = [:]
  }

  private let state = Mutex(State())

  func add() -> Listener {
    let (changes, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    return state.withLock { state in
      state.nextID += 1
      state.continuations[state.nextID] = continuation
      return Listener(id: state.nextID, changes: changes)
    }
  }

  func remove(_ id: Int) {
    state.withLock { _ = $0.continuations.removeValue(forKey: id) }
  }

  func notify() {
    for continuation in state.withLock({ Array($0.continuations.values) }) { continuation.yield() }
  }

  func endAll() {
    let ended = state.withLock { state in
      defer { state.continuations = [:] }
      return Array(state.continuations.values)
    }
    for continuation in ended { continuation.finish() }
  }
}
