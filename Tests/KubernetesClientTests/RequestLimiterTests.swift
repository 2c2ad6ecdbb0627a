import KubernetesClient
import TestSupport
import Testing

@Suite struct RequestLimiterTests {
  @Test func neverMoreThanTheLimitRun() async throws {
    let limiter = RequestLimiter(limit: 3)
    let gauge = Gauge()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<50 {
        group.addTask {
          try await limiter.acquire(within: .seconds(60))
          gauge.begin()
          for _ in 0..<5 { await Task.yield() }
          gauge.end()
          limiter.release()
        }
      }
      try await group.waitForAll()
    }
    #expect(gauge.most == 3)
    #expect(gauge.now == 0)
  }

  @Test func aCancelledWaiterTakesNoPlace() async throws {
    let limiter = RequestLimiter(limit: 1)
    try await limiter.acquire(within: .seconds(60))
    let waiter = Task { try await limiter.acquire(within: .seconds(60)) }
    try await eventually("one waits") { limiter.waiting == 1 ? true : nil }
    waiter.cancel()
    await #expect(throws: CancellationError.self) { try await waiter.value }
    #expect(limiter.waiting == 0)
    limiter.release()
    try await limiter.acquire(within: .seconds(60))
  }

  @Test func cancelledBeforeItBegins() async throws {
    let limiter = RequestLimiter(limit: 1)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await limiter.acquire(within: .seconds(60))
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    try await limiter.acquire(within: .seconds(60))
  }

  @Test func waitingHasADeadline() async throws {
    let limiter = RequestLimiter(limit: 1)
    try await limiter.acquire(within: .seconds(60))
    await #expect(throws: RequestLimiter.TooBusy.self) { try await limiter.acquire(within: .milliseconds(10)) }
    limiter.release()
    try await limiter.acquire(within: .seconds(60))
  }
}
