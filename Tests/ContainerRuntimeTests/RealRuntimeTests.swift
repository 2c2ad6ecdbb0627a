import ContainerRuntime
import OCI
import Simulation
import Synchronization
import TestSupport
import Testing

/// On a real containerd, with an image at `SWIFTLET_TEST_SLOW` that takes some seconds to pull.
@Suite(.serialized, .timeLimit(.minutes(3)), .enabled(if: RealRegistry.slowImage != nil)) struct RealRuntimeTests {
  let reference: ImageReference

  init() throws {
    reference = try ImageReference(parsing: RealRegistry.slowImage ?? "")
  }

  private func absent() async throws -> CRIRuntime {
    let runtime = try await CRIRuntime.connect(endpoint: RealRegistry().endpoint)
    if let image = try await runtime.image(reference) { try await runtime.remove(id: image.id) }
    return runtime
  }

  @Test func tellsProgressFromTheManifest() async throws {
    let runtime = try await absent()
    let told = Mutex<[PullProgress]>([])
    let other = try RealRegistry().images.second
    // Another pull at the same time doesn't count.
    async let second = runtime.pull(PullRequest(reference: other)) { _ in }
    let id = try await runtime.pull(PullRequest(reference: reference)) { step in told.withLock { $0.append(step) } }
    _ = try await second
    let steps = told.withLock { $0 }
    #expect(steps.count > 3)
    let size = try #require(try await runtime.image(reference)).size
    let total = try #require(steps.last?.totalBytes)
    #expect(steps.allSatisfy { $0.totalBytes == total }, "the manifest gives the total from the start")
    // The runtime counts the manifest and the configuration too.
    #expect(total <= size && total > size * 9 / 10, "total \(total), image \(size)")
    #expect(steps.last?.transferredBytes == total)
    for (before, after) in zip(steps, steps.dropFirst()) { #expect(before.transferredBytes <= after.transferredBytes) }
    try await runtime.remove(id: id)
  }

  @Test func cancellationStopsTheDownload() async throws {
    let runtime = try await absent()
    let (steps, continuation) = AsyncStream<PullProgress>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let reference = reference
    let pull = Task { try await runtime.pull(PullRequest(reference: reference)) { continuation.yield($0) } }
    for await step in steps where step.transferredBytes > 0 { break }
    pull.cancel()
    let error = await #expect(throws: RuntimeError.self) { try await pull.value }
    #expect(error?.isCancelled == true, "\(error as Any)")
    let content = ContentStore(endpoint: runtime.endpoint)
    // containerd keeps what it has for the next attempt; it doesn't grow.
    var before: [Ingest]?
    try await eventually("nothing moves any more", every: .milliseconds(500)) {
      let now = try await content.ingests()
      defer { before = now }
      return now == before ? true : nil
    }
    #expect(try await runtime.image(reference) == nil)
  }
}
