import KubernetesClient
import Operator
import Planning
import SwiftletAPI
import Testing

struct ImageCacheMappingTests {
  private let now = Instant(Samples.start + .seconds(60))
  private let frontEnd = ImageCacheFrontEnd()

  private func held(_ change: (inout ImageCache) -> Void = { _ in }) -> ImageCache {
    var cache = Samples.cache()
    cache.metadata.finalizers = [ImageCacheAnnotation.finalizer]
    cache.status = ImageCacheStatus()
    cache.status?.observedGeneration = 1
    change(&cache)
    return cache
  }

  @Test func listsBecomeDemandsByTheirSelectors() {
    let gpu = ["gpu": "yes"]
    let cache = Samples.cache(lists: [
      ImageCacheList(images: ["nginx:1", "Bad Image", "redis:7"]),
      ImageCacheList(images: ["cuda:12"], nodeSelector: gpu),
      ImageCacheList(images: ["redis:7", "memcached:1"]),
    ])
    let demands = frontEnd.demands(of: cache, now: now).demands
    #expect(demands.map(\.selector) == [.everything, NodeSelector(labels: gpu)])
    #expect(
      demands[0].images.map(\.key.normalized)
        == ["nginx:1", "redis:7", "redis:7", "memcached:1"].map { "docker.io/library/\($0)" })
    #expect(demands.map(\.id) == [0, 1].map { ImageCacheFrontEnd.id(of: cache, part: $0) })
    #expect(demands.map(\.id.description) == ["ImageCache default/web", "ImageCache default/web[1]"])
    #expect(demands.allSatisfy { $0.intent == .present && $0.retention == .delete && !$0.adopt && $0.pin })
  }

  @Test func thereIsAlwaysADemandThatKeepsTheObjectKnown() {
    var cache = Samples.cache(lists: [])
    #expect(frontEnd.demands(of: cache, now: now).demands.map(\.images) == [[]])
    cache.spec.cacheSpec = nil
    #expect(frontEnd.demands(of: cache, now: now).demands.count == 1)
  }

  @Test(arguments: [(nil, ExecutorChoice.auto), ("Jobs", .jobs), ("Agent", .agent), ("Auto", .auto), ("jobs", .auto)])
  func anAnnotationSaysWhoPulls(value: String?, expected: ExecutorChoice) {
    let plain = held()
    let cache = held { $0.metadata.annotations = value.map { [ImageCacheAnnotation.executor: $0] } }
    #expect(frontEnd.demands(of: cache, now: now).demands.allSatisfy { $0.executor == expected })
    #expect((frontEnd.revision(of: cache) == frontEnd.revision(of: plain)) == (value == nil))
    #expect(cache.problems.isEmpty == (value != "jobs"))
  }

  @Test func secretsAreTheNamespaces() {
    var cache = Samples.cache(namespace: "team")
    cache.spec.imagePullSecrets = ["one", "", "../../other/secrets/theirs"].map { LocalSecretReference(name: $0) }
    let demand = frontEnd.demands(of: cache, now: now).demands[0]
    #expect(demand.pullSecrets == [PullSecret(namespace: "team", name: "one")])
    let rules = ImageCacheRules(serviceAccountName: "puller")
    let withAccount = ImageCacheFrontEnd(rules: rules).demands(of: cache, now: now).demands[0]
    #expect(
      withAccount.pullSecrets == [
        PullSecret(namespace: "team", name: "one"),
        PullSecret(namespace: "team", name: "puller", kind: .serviceAccount),
      ])
  }

  @Test(arguments: [
    ("nginx", PullPolicy.ifNotPresent, true), ("nginx:latest", .ifNotPresent, true), ("nginx:1", .ifNotPresent, false),
    ("nginx:1", .always, true), ("nginx@sha256:\(String(repeating: "a", count: 64))", .always, false),
  ])
  func whatFollowsItsTag(image: String, policy: PullPolicy, follows: Bool) {
    let cache = Samples.cache(lists: [ImageCacheList(images: [image])])
    let rules = ImageCacheRules(pullPolicy: policy, refreshInterval: .seconds(900))
    let mapped = ImageCacheFrontEnd(rules: rules).demands(of: cache, now: Instant(Samples.start + .seconds(1000)))
    let wanted = mapped.demands[0].images[0]
    #expect(wanted.readyAfter == (follows ? Instant(Samples.start) : nil))
    #expect(wanted.freshAfter == (follows ? Instant(Samples.start + .seconds(900)) : nil))
    #expect(mapped.lookAgainAt == (follows ? Instant(Samples.start + .seconds(1800)) : nil))
  }

  @Test func aRefreshThatIsAskedForCountsForWhatFollowsItsTag() {
    let asked = Samples.start + .seconds(30)
    let cache = held {
      $0.spec.cacheSpec = [ImageCacheList(images: ["nginx", "redis:7"])]
      $0.status?.refreshedAt = asked
    }
    let images = frontEnd.demands(of: cache, now: now).demands[0].images
    #expect(images.map(\.readyAfter) == [Instant(asked), nil])
    #expect(images.map(\.freshAfter) == [Instant(asked), nil])
  }

  /// What kube-fledged pulled is Swiftlet's, and isn't pulled again.
  @Test func whatKubeFledgedPurgedStaysAway() {
    var cache = Samples.cache()
    cache.status = ImageCacheStatus()
    cache.status?.status = "Succeeded"
    cache.status?.reason = "ImageCachePurge"
    #expect(frontEnd.demands(of: cache, now: now).demands.map(\.images) == [[]])
    let demands = frontEnd.demands(of: cache, now: now).demands
    var statuses: [DemandID: DemandStatus] = [:]
    for demand in demands { statuses[demand.id] = DemandStatus() }
    cache.metadata.finalizers = [ImageCacheAnnotation.finalizer]
    var seen = frontEnd.reporting(Samples.progress(statuses), on: cache, now: Samples.start)
    #expect(seen.status?.purgedGeneration == 1 && seen.status?.adoptedAt != nil)
    #expect(seen.status?.status == "Succeeded" && seen.status?.reason == "ImageCachePurge")
    #expect(frontEnd.demands(of: seen, now: now).demands.map(\.images) == [[]])
    seen.metadata.generation = 2
    #expect(frontEnd.demands(of: seen, now: now).demands[0].images.count == 1, "an edit brings them back")
    cache.status?.reason = "ImageCacheRefresh"
    #expect(frontEnd.demands(of: cache, now: now).demands[0].images.count == 1)
  }

  @Test func takenOver() {
    var cache = Samples.cache(lists: [ImageCacheList(images: ["nginx"])])
    cache.status = ImageCacheStatus()
    cache.status?.status = "Succeeded"
    var demand = frontEnd.demands(of: cache, now: now).demands[0]
    #expect(demand.adopt)
    #expect(demand.images[0].freshAfter == nil && demand.images[0].readyAfter == nil)
    cache.status?.adoptedAt = Samples.start + .seconds(60)
    cache.status?.observedGeneration = 1
    let mapped = frontEnd.demands(of: cache, now: now)
    demand = mapped.demands[0]
    #expect(demand.adopt)
    #expect(demand.images[0].freshAfter == nil && demand.images[0].readyAfter == nil)
    #expect(mapped.lookAgainAt == Instant(Samples.start + .seconds(960)), "the first refresh of its own")
  }

  @Test func purges() {
    let asked = Samples.start + .seconds(30)
    var cache = held { $0.status?.request = ImageCacheRequest(kind: .purge, at: asked) }
    let mapped = frontEnd.demands(of: cache, now: now)
    #expect(mapped.demands[0].intent == .absent(.everything))
    #expect(mapped.lookAgainAt == Instant(asked + ImageCacheRules.removalDeadline))
    cache.status?.request = nil
    cache.status?.purgedGeneration = 1
    #expect(frontEnd.demands(of: cache, now: now).demands[0].images.isEmpty, "not brought back by itself")
    cache.metadata.generation = 2
    #expect(frontEnd.demands(of: cache, now: now).demands[0].images.count == 1, "but by a change of the spec")
    cache.metadata.generation = 1
    cache.status?.request = ImageCacheRequest(kind: .refresh, at: asked)
    #expect(frontEnd.demands(of: cache, now: now).demands[0].images.count == 1, "or a refresh")
  }

  @Test func deletion() {
    var cache = held { $0.metadata.deletionTimestamp = Samples.start }
    #expect(frontEnd.demands(of: cache, now: now).demands.map(\.intent) == [.absent(.ours)])
    cache.metadata.annotations = [ImageCacheAnnotation.retention: "Retain"]
    #expect(frontEnd.demands(of: cache, now: now).demands.isEmpty)
    cache.metadata.annotations = nil
    cache.metadata.finalizers = ["others/finalizer"]
    #expect(frontEnd.demands(of: cache, now: now).demands.isEmpty)
  }

  /// Whatever `demands` looks at is part of the revision, or a status could answer to something else.
  @Test func revisions() {
    let changes: [(inout ImageCache) -> Void] = [
      { $0.metadata.generation = 2 }, { $0.metadata.deletionTimestamp = Samples.start },
      { $0.metadata.annotations = [ImageCacheAnnotation.retention: "Retain"] }, { $0.metadata.finalizers = nil },
      { $0.status?.request = ImageCacheRequest(kind: .purge, at: Samples.start) },
      { $0.status?.request = ImageCacheRequest(kind: .refresh, at: Samples.start) },
      { $0.status?.refreshedAt = Samples.start }, { $0.status?.purgedGeneration = 1 },
      { $0.status?.adoptedAt = Samples.start },
    ]
    let before = frontEnd.revision(of: held())
    for change in changes { #expect(frontEnd.revision(of: held(change)) != before) }
    #expect(frontEnd.revision(of: held { $0.status?.message = "new" }) == before)
  }
}
