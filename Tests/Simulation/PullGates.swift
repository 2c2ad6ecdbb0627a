import Synchronization

/// Where pulls wait until a test lets them go on.
final class PullGates: Sendable {
  enum Passage: Sendable {
    case opened
    case cancelled
    /// The runtime went down.
    case broken
  }

  private struct Waiter {
    var id: Int
    var name: String
    var continuation: CheckedContinuation<Passage, Never>
  }

  private struct State {
    var nextID = 0
    var waiters: [Waiter] = []
    /// Openings that nobody has used yet.
    var openings: [String: Int] = [:]
    /// Cancelled before they waited.
    var cancelled: Set<Int> = []
  }

  private let state = Mutex(State())

  func wait(_ name: String) async -> Passage {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let passage = state.withLock { state -> Passage? in
          if state.cancelled.remove(id) != nil { return .cancelled }
          if let count = state.openings[name], count > 0 {
            state.openings[name] = count - 1
            return .opened
          }
          state.waiters.append(Waiter(id: id, name: name, continuation: continuation))
          return nil
        }
        if let passage { continuation.resume(returning: passage) }
      }
    } onCancel: {
      let waiter = state.withLock { state -> Waiter? in
        guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
          state.cancelled.insert(id)
          return nil
        }
        return state.waiters.remove(at: index)
      }
      waiter?.continuation.resume(returning: .cancelled)
    }
  }

  func open(_ name: String) {
    let waiter = state.withLock { state -> Waiter? in
      guard let index = state.waiters.firstIndex(where: { $0.name == name }) else {
        state.openings[name, default: 0] += 1
        return nil
      }
      return state.waiters.remove(at: index)
    }
    waiter?.continuation.resume(returning: .opened)
  }

  func breakAll() {
    let waiters = state.withLock { state in
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.continuation.resume(returning: .broken) }
  }
}
