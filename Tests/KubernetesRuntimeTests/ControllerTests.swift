import KubernetesRuntime
import ServiceLifecycle
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ControllerTests {
  private struct Failure: Error {}

  private let clock = ManualClock()

  private func queue() -> WorkQueue<String> {
    WorkQueue(
      name: "test", backoff: Backoff(initial: .seconds(1), max: .seconds(60), factor: 2, jitter: 0), clock: clock)
  }

  private func isTrue(_ what: String, _ condition: () -> Bool) async throws {
    try await eventually(what) { condition() ? true : nil }
  }

  @Test func failuresAreRetriedUntilTheySettle() async throws {
    let queue = queue()
    let calls = Shared(0)
    let controller = Controller(name: "test", queue: queue, logger: quiet) { (_: String) in
      let call = calls.change { count in
        count += 1
        return count
      }
      if call < 3 { throw Failure() }
      return .settled
    }
    try await running([{ try await controller.run() }]) {
      queue.add("a")
      try await isTrue("the first retry waits") { clock.nextWake == .seconds(1) }
      #expect(queue.retryCount("a") == 1)
      clock.advance(by: .seconds(1))
      try await isTrue("the second one waits longer") { clock.nextWake == .seconds(2) }
      clock.advance(by: .seconds(2))
      try await isTrue("it has settled") { calls.value == 3 && queue.retryCount("a") == 0 }
      try await isTrue("nothing is left to wait for") { clock.sleeperCount == 0 && queue.delayedCount == 0 }
    }
  }

  @Test func whatAsksForAnotherLookGetsIt() async throws {
    let queue = queue()
    let calls = Shared(0)
    let controller = Controller(name: "test", queue: queue, logger: quiet) { (_: String) in
      calls.change { $0 += 1 }
      return .requeue(after: .seconds(30))
    }
    try await running([{ try await controller.run() }]) {
      queue.add("a")
      try await isTrue("it waits") { clock.nextWake == .seconds(30) }
      clock.advance(by: .seconds(30))
      try await isTrue("it was looked at again") { calls.value == 2 }
    }
  }

  @Test func workersWorkAtOnceButNeverOnTheSameKey() async throws {
    let queue = queue()
    let working = Shared<[String]>([])
    let most = Shared(0)
    let gate = Shared(false)
    let controller = Controller(name: "test", queue: queue, workers: 3, logger: quiet) { (key: String) in
      let now = working.change { keys in
        keys.append(key)
        return keys
      }
      most.change { $0 = max($0, now.count) }
      #expect(Set(now).count == now.count)
      try await eventually("the gate opens") { gate.value ? true : nil }
      working.change { keys in keys.removeAll { $0 == key } }
      return .settled
    }
    try await running([{ try await controller.run() }]) {
      for key in ["a", "b", "a", "c", "d"] { queue.add(key) }
      try await isTrue("three at once") { working.value.count == 3 }
      queue.add("a")
      gate.change { $0 = true }
      try await isTrue("all is done") { working.value.isEmpty && queue.depth == 0 }
    }
    #expect(most.value == 3)
  }

  @Test func aCancelledReconcileGoesBackIntoTheQueue() async throws {
    let queue = queue()
    let hasBegun = Shared(false)
    let controller = Controller(name: "test", queue: queue, logger: quiet) { (_: String) in
      hasBegun.change { $0 = true }
      try await Task.sleep(for: .seconds(600))
      return .settled
    }
    try await running([{ try await controller.run() }]) {
      queue.add("a")
      try await isTrue("it has begun") { hasBegun.value }
    }
    #expect(queue.depth == 1)
    #expect(queue.retryCount("a") == 0)
  }

  @Test func aGracefulShutdownLetsReconcilesEnd() async throws {
    let queue = queue()
    let hasBegun = Shared(false)
    let mayEnd = Shared(false)
    let ended = Shared<[String]>([])
    let controller = Controller(name: "test", queue: queue, logger: quiet) { (key: String) in
      hasBegun.change { $0 = true }
      try await eventually("it may end") { mayEnd.value ? true : nil }
      ended.change { $0.append(key) }
      return .settled
    }
    let group = ServiceGroup(services: [controller], logger: quiet)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      queue.add("a")
      try await isTrue("it has begun") { hasBegun.value }
      queue.add("b")
      await group.triggerGracefulShutdown()
      try await isTrue("what waits is dropped") { queue.depth == 0 }
      mayEnd.change { $0 = true }
      try await tasks.waitForAll()
    }
    #expect(ended.value == ["a"])
  }
}
