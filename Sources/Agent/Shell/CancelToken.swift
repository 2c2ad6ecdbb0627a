import Synchronization

/// Tells one task, from outside, to stop.
final class CancelToken: Sendable {
  private struct State {
    var isCancelled = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  func cancel() {
    let waiter = state.withLock { state in
      state.isCancelled = true
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  /// Runs `operation` in a task that is cancelled when `cancel` is called, and waits for its end.
  func run<Value: Sendable>(_ operation: @escaping @Sendable () async -> Value) async -> Value? {
    await withTaskGroup(of: Value?.self) { group in
      group.addTask { await operation() }
      group.addTask {
        await self.wait()
        return nil
      }
      var result: Value?
      while let value = await group.next() {
        group.cancelAll()
        if let value { result = value }
      }
      return result
    }
  }

  private func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.isCancelled || Task.isCancelled { return true }
          state.waiter = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        defer { state.waiter = nil }
        return state.waiter
      }
      waiter?.resume()
    }
  }
}
