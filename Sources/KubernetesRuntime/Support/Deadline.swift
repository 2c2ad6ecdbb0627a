/// Runs `operation` until `deadline` (in the scale of `time`), then cancels it.
///
/// - Returns: what the operation returned, or nil when the deadline came first. An operation that was cancelled
///   is awaited, so one that ignores cancellation holds up the caller.
/// - Throws: what the operation threw, unless it threw because the deadline cancelled it.
package func withDeadline<Value: Sendable>(
  _ deadline: Duration, time: TimeSource, operation: @escaping @Sendable () async throws -> Value
) async throws -> Value? {
  return try await withThrowingTaskGroup(of: TimedOutcome<Value>.self) { group in
    group.addTask {
      do {
        return .finished(.success(try await operation()))
      } catch {
        return .finished(.failure(error))
      }
    }
    group.addTask {
      do {
        try await time.sleep(until: deadline)
      } catch {
        // Cancelled: the operation's own outcome counts.
      }
      return .timedOut
    }
    var expired = false
    while let outcome = try await group.next() {
      switch outcome {
      case .timedOut:
        expired = !Task.isCancelled
        group.cancelAll()
      case .finished(.success(let value)):
        group.cancelAll()
        return value
      case .finished(.failure(let error)):
        group.cancelAll()
        if expired { return nil }
        throw error
      }
    }
    return nil
  }
}

private enum TimedOutcome<Value: Sendable>: Sendable {
  case finished(Result<Value, any Error>)
  case timedOut
}
