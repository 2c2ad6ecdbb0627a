import KubernetesRuntime
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct WorkQueueTests {
  private let clock = ManualClock()

  private func queue() -> WorkQueue<String> {
    WorkQueue(
      name: "test", backoff: Backoff(initial: .seconds(1), max: .seconds(60), factor: 2, jitter: 0), clock: clock)
  }

  private func isTrue(_ what: String, _ condition: () -> Bool) async throws {
    try await eventually(what) { condition() ? true : nil }
  }

  @Test func handsKeysToWaitingWorkers() async {
    let queue = queue()
    async let key = queue.next()
    queue.add("a")
    #expect(await key == "a")
    queue.add("a")
    #expect(queue.depth == 0, "it is being worked on")
    queue.done("a")
    #expect(queue.depth == 1)
  }

  @Test func delayedKeysComeWhenTheyAreDue() async throws {
    let queue = queue()
    queue.add("late", after: .seconds(10))
    async let first = queue.next()
    try await isTrue("the worker waits for the later one") { clock.nextWake == .seconds(10) }
    queue.add("early", after: .seconds(3))
    try await isTrue("the worker waits for the earlier one") { clock.nextWake == .seconds(3) }
    clock.advance(by: .seconds(3))
    #expect(await first == "early")
    async let second = queue.next()
    try await isTrue("the worker waits") { clock.nextWake == .seconds(7) }
    clock.advance(by: .seconds(7))
    #expect(await second == "late")
  }

  @Test func anIdleWorkerTakesOverTheWaiting() async throws {
    let queue = queue()
    async let first = queue.next()
    async let second = queue.next()
    queue.add("late", after: .seconds(10))
    try await isTrue("both wait for it") { clock.sleeperCount == 2 }
    queue.add("now")
    try await isTrue("one goes on waiting") { clock.sleeperCount == 1 }
    clock.advance(by: .seconds(10))
    #expect(Set([await first, await second]) == ["now", "late"])
  }

  @Test func retriesWaitLongerEachTime() async throws {
    let queue = queue()
    for delay in [1, 2, 4] {
      queue.retry("a")
      async let key = queue.next()
      try await isTrue("it waits") { clock.nextWake == .seconds(delay) }
      clock.advance(by: .seconds(delay))
      #expect(await key == "a")
      queue.done("a")
    }
    #expect(queue.retryCount("a") == 3)
    queue.forget("a")
    queue.retry("a")
    async let key = queue.next()
    try await isTrue("it waits") { clock.nextWake == .seconds(1) }
    queue.shutdown()
    #expect(await key == nil)
  }

  @Test func aCancelledWorkerLosesNoKey() async throws {
    let queue = queue()
    for round in 0..<200 {
      let task = Task { await queue.next() }
      if round.isMultiple(of: 2) { await Task.yield() }
      async let added: Void = queue.add("a")
      task.cancel()
      await added
      if let key = await task.value { queue.done(key) } else { #expect(queue.depth == 1, "round \(round)") }
      if queue.depth == 1, let key = await queue.next() { queue.done(key) }
      #expect(queue.depth == 0, "round \(round)")
    }
  }

  @Test func shutdownWakesEverybody() async throws {
    let queue = queue()
    queue.add("late", after: .seconds(10))
    await withTaskGroup(of: String?.self) { group in
      for _ in 0..<4 { group.addTask { await queue.next() } }
      queue.shutdown()
      for await key in group { #expect(key == nil) }
    }
    queue.add("a")
    #expect(await queue.next() == nil)
  }

  /// Many workers and writers at once: each key is taken at least once after its last add, never twice at once.
  @Test func nothingIsLostUnderLoad() async throws {
    let queue = WorkQueue<Int>(name: "load")
    let working = Shared<Set<Int>>([])
    let added = Shared<[Int: Int]>([:])
    let seen = Shared<[Int: Int]>([:])
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          while let key = await queue.next() {
            let isAlone = working.change { $0.insert(key).inserted }
            #expect(isAlone)
            let version = added.value[key] ?? 0
            await Task.yield()
            seen.change { $0[key] = version }
            working.change { _ = $0.remove(key) }
            queue.done(key)
          }
        }
      }
      await withTaskGroup(of: Void.self) { writers in
        for writer in 0..<4 {
          writers.addTask {
            var generator = SeededGenerator(seed: UInt64(writer))
            for _ in 0..<2000 {
              let key = Int.random(in: 0..<10, using: &generator)
              added.change { $0[key, default: 0] += 1 }
              if Bool.random(using: &generator) { queue.add(key) } else { queue.add(key, after: .microseconds(50)) }
              await Task.yield()
            }
          }
        }
      }
      do {
        try await isTrue("all has been seen") { seen.value == added.value }
      } catch {
        Issue.record("\(error): \(added.value) \(seen.value)")
      }
      queue.shutdown()
    }
  }
}
