/// Thrown when a condition didn't become true in time.
package struct DeadlineExceeded: Error, CustomStringConvertible {
  package let description: String
}

/// Waits until `condition` returns a value, looking every `interval`, and returns it.
///
/// - Throws: `DeadlineExceeded` after `deadline`, naming `what` and the last error that `condition` threw.
@discardableResult
package func eventually<Value: Sendable>(
  _ what: String, within deadline: Duration = .seconds(30), every interval: Duration = .milliseconds(20),
  condition: () async throws -> Value?
) async throws -> Value {
  let clock = ContinuousClock()
  let end = clock.now.advanced(by: deadline)
  var last: (any Error)?
  repeat {
    do {
      if let value = try await condition() { return value }
    } catch {
      last = error
    }
    try await clock.sleep(for: interval)
  } while clock.now < end
  throw DeadlineExceeded(
    description: "not within \(deadline): \(what)" + (last.map { "; last error: \($0)" } ?? ""))
}
