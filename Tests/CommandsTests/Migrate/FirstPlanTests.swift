import Commands
import KubernetesClient
import SwiftletAPI
import Testing

/// What would be pulled where, and what is said of each ImageCache.
struct FirstPlanTests {
  private typealias Samples = MigrateSamples

  @Test func countsWhatIsThereByWholeNames() throws {
    let text =
      Samples.cache(lists: "[{images: ['nginx:1', 'redis:7']}, {images: ['cuda:12'], nodeSelector: {gpu: 'yes'}}]")
      + Samples.node(
        "a", labels: "{gpu: 'yes'}", has: ["docker.io/library/nginx:1", "docker.io/library/redis:7-alpine"])
      + Samples.node("b", has: ["nginx:1"], more: 49)
      + Samples.node("c", labels: "{kubernetes.io/os: windows}") + Samples.node("d", cordoned: true)
    let report = try Samples.report(text)
    // One that two selectors pick counts once.
    #expect(report.imageCaches.first?.nodes == 3)
    let plan = try #require(report.plan)
    #expect(plan.nodes == 4 && plan.planned == 3 && plan.removals == 0)
    #expect([plan.pairs, plan.present, plan.missing, plan.unknown] == [7, 2, 4, 1])
    #expect(plan.fullLists == 1)
    let redis = try #require(plan.images.first { $0.image == "docker.io/library/redis:7" })
    // A part of a name says nothing, and a full list doesn't say what isn't there.
    #expect([redis.nodes, redis.present, redis.missing, redis.unknown] == [3, 0, 2, 1])
    #expect(redis.examples == ["a", "b", "d"])
    #expect(plan.unreachable.map { "\($0.node) \($0.reason)" } == ["d Cordoned"])
  }

  @Test func withoutNodesThereIsNoPlan() throws {
    let report = try Samples.report(Samples.cache())
    #expect(report.plan == nil)
    #expect(report.imageCaches.first?.nodes == nil)
  }

  @Test func whatIsSaidIsBounded() throws {
    let lists = "[{images: [\((0..<400).map { "'i\($0):1'" }.joined(separator: ", "))]}]"
    let caches = (0..<300).map { Samples.cache("c\($0)", lists: $0 == 0 ? lists : "[{images: ['Bad Image']}]") }
    let nodes = (0..<40).map { Samples.node("n\($0)", cordoned: $0 > 0) }
    let report = try Samples.report((caches + nodes).joined())
    let plan = try #require(report.plan)
    #expect(report.caches == 300 && report.imageCaches.count == MigrationReport.maxCaches)
    #expect(plan.images.count == FirstPlan.maxImages && plan.unreachable.count <= FirstPlan.maxNodes)
    #expect(plan.images.count + plan.moreImages > FirstPlan.maxImages)
    let lines = MigrationText(style: Style()).lines(report)
    #expect(lines.count < 300, "\(lines.count)")
    #expect(lines.contains("and 250 more"))
  }

  @Test(arguments: [
    ("{status: Succeeded, reason: ImageCacheCreate}" as String?, CacheReport.Takeover.asItIs, [String]()),
    ("{status: Processing, reason: ImageCacheCreate, startTime: '2026-03-01T11:00:00Z'}", .asItIs, ["at it for 60m"]),
    ("{status: Failed, reason: ImageCacheRefresh}", .asItIs, ["kube-fledged failed"]),
    ("{status: Succeeded, reason: ImageCachePurge}", .asItIs, ["it stays purged"]),
    ("{status: Confused}", .asItIs, ["isn't one of kube-fledged's words"]),
    ("{status: Succeeded, observedGeneration: 1}", .done, []),
    (nil, .asNew, ["never worked on it"]),
  ])
  func whatBecomesOfAnObject(status: String?, takeover: CacheReport.Takeover, words: [String]) throws {
    let report = try Samples.report(Samples.cache(status: status) + Samples.node("a"))
    let cache = try #require(report.imageCaches.first)
    #expect(cache.takeover == takeover)
    #expect(cache.changes.count == words.count, "\(cache.changes)")
    for word in words { #expect(cache.changes.contains { $0.contains(word) }, "\(cache.changes)") }
    let isPurged = words == ["it stays purged"]
    #expect(report.plan?.pairs == (isPurged ? 0 : 1))
  }

  @Test func whatCantBeUsedIsNamed() throws {
    let report = try Samples.report(
      Samples.cache(
        lists: "[{images: ['nginx:1', 'a;touch /tmp/x', 'nginx:1'], nodeselector: {a: b}}]",
        annotations: "{swiftlet.dev/executor: Job}"))
    #expect(report.verdict == .actionNeeded)
    let leftOut = try #require(report.imageCaches.first).leftOut
    #expect(leftOut.count == 4)
    #expect(leftOut[0].hasPrefix("spec.cacheSpec[0].nodeselector: there is no such field"))
    #expect(leftOut[1].hasPrefix("metadata.annotations[swiftlet.dev/executor]: "))
    #expect(leftOut[2].hasPrefix("spec.cacheSpec[0].images[1]: "))
  }

  @Test(arguments: [
    ("{apiVersion: kubefledged.io/v1alpha2, kind: ImageCache, metadata: {}}", "metadata.name is missing"),
    ("{apiVersion: kubefledged.io/v1alpha1, kind: ImageCache, metadata: {name: a}}", "has apiVersion"),
    ("[1]", "isn't an object"), ("{metadata: {name: a}}", "has no apiVersion and kind"),
  ])
  func filesThatCantBeRead(text: String, words: String) throws {
    #expect {
      _ = try Samples.survey(text)
    } throws: { error in
      "\(error)".contains(words)
    }
  }

  @Test func anObjectThatCantBeUnderstoodIsLeftOutAlone() throws {
    let report = try Samples.report(Samples.cache("odd", lists: "nginx") + Samples.cache())
    #expect(report.caches == 2)
    #expect(report.imageCaches[0].leftOut == ["it can't be read: spec.cacheSpec: is no list"])
    #expect(report.imageCaches[1].leftOut.isEmpty)
  }

  @Test func othersAreCountedAndListsAreRead() throws {
    let text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n"
    #expect(try Samples.report(text).skipped == ["Pod": 1])
  }
}
