import AsyncHTTPClient
import NIOCore
import Synchronization

/// Lets at most so many requests run at once; the others wait in the order of their coming.
package final class RequestLimiter: Sendable {
  /// No place became free in time.
  package struct TooBusy: Error {}

  private struct Waiter {
    var id: UInt64
    var continuation: CheckedContinuation<Bool, Never>
  }

  private struct State {
    var free: Int
    var nextID: UInt64 = 0
    var waiters: [Waiter] = []
    /// Those that came and neither wait nor have a place yet, and whether they were cancelled.
    var arriving: [UInt64: Bool] = [:]
  }

  private let state: Mutex<State>

  /// - Parameter limit: at least 1.
  package init(limit: Int) {
    state = Mutex(State(free: max(1, limit)))
  }

  /// How many wait now.
  package var waiting: Int { state.withLock { $0.waiters.count } }

  /// Takes a place, waiting for one where necessary. Every success needs one `release()`.
  ///
  /// - Throws: `TooBusy` when none became free within `limit`, or `CancellationError`; no place is taken then.
  package func acquire(within limit: Duration) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      state.arriving[state.nextID] = false
      return state.nextID
    }
    let timer = HTTPClient.defaultEventLoopGroup.any().scheduleTask(in: TimeAmount(limit)) { [weak self] in
      self?.cancel(id)
    }
    let isGranted = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer: Bool? = state.withLock { state in
          if state.arriving.removeValue(forKey: id) == true { return false }
          if state.free > 0 {
            state.free -= 1
            return true
          }
          state.waiters.append(Waiter(id: id, continuation: continuation))
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      cancel(id)
    }
    timer.cancel()
    guard isGranted else {
      if Task.isCancelled { throw CancellationError() }
      throw TooBusy()
    }
  }

  /// Gives a place back.
  package func release() {
    let next: Waiter? = state.withLock { state in
      guard !state.waiters.isEmpty else {
        state.free += 1
        return nil
      }
      return state.waiters.removeFirst()
    }
    next?.continuation.resume(returning: true)
  }

  private func cancel(_ id: UInt64) {
    let waiter: Waiter? = state.withLock { state in
      guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
        if state.arriving[id] != nil { state.arriving[id] = true }
        return nil
      }
      return state.waiters.remove(at: index)
    }
    waiter?.continuation.resume(returning: false)
  }
}
