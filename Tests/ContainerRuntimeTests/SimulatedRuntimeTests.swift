import ContainerRuntime
import OCI
import Simulation
import Synchronization
import TestSupport
import Testing

@Suite struct SimulatedRuntimeTests {
  let runtime = SimulatedRuntime()
  let reference: ImageReference

  init() throws {
    reference = try ImageReference(parsing: "r.test/a:1")
  }

  @Test func holdsPullsUntilReleased() async throws {
    runtime.publish(SimulatedImage(seed: "a", behavior: .untilReleased), as: reference)
    let (runtime, reference) = (runtime, reference)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<3 {
        group.addTask { _ = try await runtime.pull(PullRequest(reference: reference)) { _ in } }
      }
      try await eventually("three pulls run") { runtime.counts.running == 3 ? true : nil }
      for _ in 0..<3 { runtime.release(reference) }
      try await group.waitForAll()
    }
    #expect(runtime.counts.mostAtOnce == 3)
    #expect(runtime.counts.succeeded == 3)
    #expect(runtime.present.count == 1)
  }

  @Test func cutsPullsOffWhenItGoesDown() async throws {
    runtime.publish(SimulatedImage(seed: "a", behavior: .untilReleased), as: reference)
    let (runtime, reference) = (runtime, reference)
    async let pull: Void = {
      let error = await #expect(throws: RuntimeError.self) {
        try await runtime.pull(PullRequest(reference: reference)) { _ in }
      }
      #expect(error?.isUnavailable == true)
      #expect(error?.reason == .runtimeUnavailable)
    }()
    try await eventually("the pull runs") { runtime.counts.running == 1 ? true : nil }
    runtime.setAvailable(false)
    await pull
    let down = await #expect(throws: RuntimeError.self) { try await runtime.images() }
    #expect(down?.isUnavailable == true)
    runtime.setAvailable(true)
    #expect(try await runtime.images().isEmpty)
  }

  @Test func cancelsWaitingPulls() async throws {
    runtime.publish(SimulatedImage(seed: "a", behavior: .untilReleased), as: reference)
    let pull = Task { [runtime, reference] in try await runtime.pull(PullRequest(reference: reference)) { _ in } }
    try await eventually("the pull runs") { runtime.counts.running == 1 ? true : nil }
    pull.cancel()
    let error = await #expect(throws: RuntimeError.self) { try await pull.value }
    #expect(error?.isCancelled == true)
    #expect(runtime.counts.cancelled == 1 && runtime.counts.running == 0)
    #expect(runtime.present.isEmpty)
  }

  @Test func endsSubscriptionsWhenItGoesDown() async throws {
    let changes = try await runtime.changes()
    runtime.setAvailable(false)
    let error = await #expect(throws: RuntimeError.self) { for try await _ in changes {} }
    #expect(error?.isUnavailable == true)
  }

  @Test func movesTagsAndShowsExternalChanges() async throws {
    runtime.addExternally(SimulatedImage(seed: "a"), as: reference)
    let first = try #require(try await runtime.image(reference))
    runtime.addExternally(SimulatedImage(seed: "b"), as: reference)
    let second = try #require(try await runtime.image(reference))
    #expect(first.id != second.id)
    #expect(runtime.present.first { $0.id == first.id }?.tags == [])
    runtime.removeExternally(id: second.id)
    #expect(try await runtime.image(reference) == nil)
  }
}
