import KubernetesClient
import KubernetesRuntime
import Logging
import Operator
import Planning
import SwiftletAPI
import Testing

/// What follows from a write of an object that fails, here the one that puts the finalizer on an ImageCache, and from a
/// kind that can't be followed for a moment.
struct FrontEndRunnerTests {
  private struct Bench {
    let api = FakeAPI()
    let events = EventLog()
    let runner: FrontEndRunner<ImageCacheFrontEnd>
    let session: SessionContext
    let key: ObjectKey

    init(isFollowed: Bool = false) async throws {
      let engine = Engine(kinds: ["ImageCache"], now: { Instant(Samples.start) })
      let store = Store<ImageCache>()
      try api.put(Samples.definition("imagecaches.kubefledged.io"))
      let cache = try api.put(Samples.cache())
      _ = store.upsert(cache)
      key = cache.key
      runner = FrontEndRunner(ImageCacheFrontEnd(), store: store) { isFollowed }
      session = SessionContext(
        api: api, engine: engine, events: events, mayWrite: { true }, route: { _ in }, lookAgain: { _, _ in },
        now: { Instant(Samples.start) }, elapsed: { .zero }, logger: Logger(label: "test"))
      _ = await engine.begin()
      _ = try await runner.take(session: session)
    }

    func report() async throws -> Action { try await runner.report(key, session: session) }
  }

  /// The store has missed nothing of a kind that it follows again.
  @Test(arguments: [(false, 2), (true, 1)])
  func aKindThatIsFollowedAgainIsListedOnlyIfItWasUnknown(isFollowed: Bool, lists: Int) async throws {
    let bench = try await Bench(isFollowed: isFollowed)
    _ = try await bench.runner.take(session: bench.session)
    #expect(bench.api.count("list imagecaches") == lists)
    _ = await bench.session.engine.markUnknown("ImageCache")
    _ = try await bench.runner.take(session: bench.session)
    #expect(bench.api.count("list imagecaches") == lists + 1)
    #expect(await bench.session.engine.isKnown("ImageCache"))
  }

  /// How an API server says that a webhook which fails closed didn't answer: as it says that it broke down halfway.
  private static let unanswered = KubernetesError(
    cause: .status, code: 500, reason: "InternalError", message: "failed calling webhook \"validate.example.com\"",
    operation: "patch", isAmbiguous: true)

  @Test(arguments: [unanswered, FakeAPI.error(403, "Forbidden", "patch"), FakeAPI.error(409, "Conflict", "patch")])
  func aRefusalIsNotTriedAgainAtOnceAndIsSaid(error: KubernetesError) async throws {
    let bench = try await Bench()
    for _ in 0..<2 {
      bench.api.fault("patch imagecaches ", .refuse(error))
      await #expect(throws: error) { try await bench.report() }
    }
    #expect(Set(bench.events.all) == ["Warning ImageCache/web NotWritten"])
    #expect(try await bench.report() == .settled)
    #expect(try bench.api.all(ImageCache.self).first?.metadata.finalizers == [ImageCacheAnnotation.finalizer])
  }

  @Test func aServerThatIsTooBusyIsNoEvent() async throws {
    let bench = try await Bench()
    bench.api.fault("patch imagecaches ", .refuse(FakeAPI.error(429, "TooManyRequests", "patch")))
    await #expect(throws: KubernetesError.self) { try await bench.report() }
    #expect(bench.events.all.isEmpty)
  }

  @Test func aWriteThatMayHaveHappenedIsLookedAt() async throws {
    let bench = try await Bench()
    bench.api.fault("patch imagecaches ", .loseAnswer)
    #expect(try await bench.report() == .requeue(after: .milliseconds(50)))
    #expect(bench.events.all.isEmpty)
    #expect(bench.api.count("patch imagecaches ") == 1)
    // The second look finds the finalizer.
    #expect(try await bench.report() == .settled)
    #expect(bench.api.count("patch imagecaches ") == 1)
    #expect(try bench.api.all(ImageCache.self).first?.metadata.finalizers == [ImageCacheAnnotation.finalizer])
  }

  @Test func aLostConnectionIsNoEvent() async throws {
    let bench = try await Bench()
    bench.api.fault("patch imagecaches ", .refuse(FakeAPI.lost("patch")))
    await #expect(throws: KubernetesError.self) { try await bench.report() }
    #expect(bench.events.all.isEmpty)
  }

  @Test func whatSomebodyElseWroteIsTakenUp() async throws {
    let bench = try await Bench()
    bench.api.fault(
      "patch imagecaches ",
      .after { api in
        guard var cache = try? api.all(ImageCache.self).first else { return }
        cache.metadata.labels = ["touched": "yes"]
        _ = try? api.put(cache)
      })
    #expect(try await bench.report() == .requeue(after: .milliseconds(50)))
    #expect(try await bench.report() == .settled)
    let cache = try #require(try bench.api.all(ImageCache.self).first)
    #expect(cache.metadata.labels == ["touched": "yes"])
    #expect(cache.metadata.finalizers == [ImageCacheAnnotation.finalizer])
  }
}
