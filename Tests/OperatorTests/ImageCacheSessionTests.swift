import Foundation
import KubernetesClient
import KubernetesRuntime
import Operator
import Planning
import SwiftletAPI
import TestSupport
import Testing

/// An ImageCache's life, by a whole controller and agents that do what they are told.
@Suite(.timeLimit(.minutes(1)))
struct ImageCacheSessionTests {
  private static let key = ObjectKey(namespace: "default", name: "web")

  private func cache(_ bench: SessionBench) throws -> ImageCache? {
    try bench.api.all(ImageCache.self).first { $0.key == Self.key }
  }

  private func change(_ bench: SessionBench, _ body: (inout ImageCache) -> Void) throws {
    guard var object = try cache(bench) else { return }
    body(&object)
    try bench.api.put(object)
  }

  private func annotate(_ bench: SessionBench, _ name: String) throws {
    try change(bench) { $0.metadata.annotations = [name: ""] }
  }

  @discardableResult
  private func wait(
    _ bench: SessionBench, _ what: String, until holds: @escaping (ImageCache) -> Bool
  ) async throws -> ImageCache {
    do {
      return try await eventually(what, within: .seconds(10)) {
        try bench.carryOut()
        return try cache(bench).flatMap { holds($0) ? $0 : nil }
      }
    } catch {
      Issue.record("\(what): \(try cache(bench).map { "\($0)" } ?? "gone")")
      throw error
    }
  }

  private func has(_ status: ImageCacheStatus?, _ phase: ImageCachePhase, _ reason: ImageCacheReason) -> Bool {
    status?.status == phase.rawValue && status?.reason == reason.rawValue && status?.request == nil
  }

  @Test func createUpdateRefreshPurgeDelete() async throws {
    let bench = try SessionBench()
    try await bench.lead {
      try bench.api.put(Samples.cache(lists: [ImageCacheList(images: ["nginx:1", "redis"])]))
      var seen = try await wait(bench, "created") { has($0.status, .succeeded, .create) }
      #expect(seen.metadata.finalizers == [ImageCacheAnnotation.finalizer])
      #expect(seen.status?.progress == "2/2" && seen.status?.conditions?.isTrue("Ready") == true)
      #expect(seen.status?.message == "2 of 2 images are on 1 node")

      try change(bench) { $0.spec.cacheSpec = [ImageCacheList(images: ["nginx:1", "memcached:1"])] }
      seen = try await wait(bench, "updated") { has($0.status, .succeeded, .update) }
      #expect(seen.status?.observedGeneration == 2)
      try await eventually("the image that isn't named any more is gone") {
        try bench.carryOut()
        let names = try bench.inventory()?.status?.images?.keys.sorted()
        return names == ["docker.io/library/memcached:1", "docker.io/library/nginx:1"] ? true : nil
      }

      try annotate(bench, ImageCacheAnnotation.refresh)
      seen = try await wait(bench, "refreshed") { has($0.status, .succeeded, .refresh) }
      #expect(seen.metadata.annotations?[ImageCacheAnnotation.refresh] == nil)
      #expect(seen.status?.refreshedAt != nil)

      try annotate(bench, ImageCacheAnnotation.purge)
      seen = try await wait(bench, "purged") { has($0.status, .succeeded, .purge) }
      #expect(seen.metadata.annotations?[ImageCacheAnnotation.purge] == nil)
      #expect(seen.status?.message == "2 of 2 images are gone from 1 node")
      #expect(seen.status?.conditions?.condition("Ready")?.reason == "Purged")
      #expect(try bench.inventory()?.status?.images?.isEmpty == true)
      // Nothing brings them back but a refresh that is asked for, or a new spec.
      try bench.api.change(Node.self, "n1") { $0.metadata.labels?["touched"] = "yes" }
      try bench.api.put(Samples.set("other", images: ["busybox:1"]))
      try await eventually("another plan") {
        try bench.carryOut()
        return try bench.inventory()?.spec.images?.keys.sorted() == ["docker.io/library/busybox:1"] ? true : nil
      }
      #expect(has(try cache(bench)?.status, .succeeded, .purge))

      try annotate(bench, ImageCacheAnnotation.refresh)
      seen = try await wait(bench, "back") { has($0.status, .succeeded, .refresh) }
      #expect(seen.status?.progress == "2/2" && seen.status?.purgedGeneration == nil)

      try change(bench) { $0.metadata.deletionTimestamp = Timestamp(Date()) }
      try await wait(bench, "let go") { $0.metadata.finalizers?.isEmpty ?? true }
      bench.api.drop("imagecaches", Self.key)
      let left = try bench.inventory()?.status?.images?.keys.sorted()
      #expect(left == ["docker.io/library/busybox:1"])
    }
    let events = bench.events.all.filter { $0.contains("ImageCache/") }
    let reasons = ["Create", "Update", "Refresh", "Purge", "Refresh"]
    #expect(events == reasons.map { "Normal ImageCache/web ImageCache\($0)" })
  }

  @Test func aPurgeTakesWhatWasThereBefore() async throws {
    let bench = try SessionBench()
    try bench.api.put(Samples.cache())
    try await bench.lead {
      try await eventually("a plan") { try bench.inventory()?.spec.images?.count == 1 ? true : nil }
      try bench.api.change(NodeInventory.self, "n1") { inventory in
        var image = NodeImage(state: .present)
        image.origin = .found
        inventory.status = NodeInventoryStatus()
        inventory.status?.images = ["docker.io/library/nginx:1": image]
      }
      try await wait(bench, "there") { has($0.status, .succeeded, .create) }
      try annotate(bench, ImageCacheAnnotation.purge)
      try await wait(bench, "purged") { has($0.status, .succeeded, .purge) }
      #expect(try bench.inventory()?.status?.images?.isEmpty == true)
    }
  }

  @Test func aPurgeNamesWhatStays() async throws {
    let bench = try SessionBench()
    try bench.api.put(Samples.cache(lists: [ImageCacheList(images: ["nginx:1", "redis:7"])]))
    try bench.api.put(Samples.set("other", images: ["nginx:1"]))
    try bench.api.put(Samples.pod("user", on: "n1", image: "redis:7"))
    try await bench.lead {
      try await wait(bench, "there") { has($0.status, .succeeded, .create) }
      try annotate(bench, ImageCacheAnnotation.purge)
      let seen = try await wait(bench, "purged") { has($0.status, .succeeded, .purge) }
      #expect(
        seen.status?.failures?.mapValues { $0.map(\.reason) } == ["nginx:1": ["WantedByOthers"], "redis:7": ["InUse"]])
      #expect(try bench.inventory()?.status?.images?.count == 2)
    }
  }

  @Test func twoOfOneNameShareAnImage() async throws {
    let bench = try SessionBench()
    try bench.api.put(Samples.cache())
    try bench.api.put(Samples.cache(namespace: "other"))
    try await bench.lead {
      try await wait(bench, "there") { has($0.status, .succeeded, .create) }
      try annotate(bench, ImageCacheAnnotation.purge)
      let seen = try await wait(bench, "purged") { has($0.status, .succeeded, .purge) }
      #expect(seen.status?.failures?["nginx:1"]?.map(\.message) == ["ImageCache other/web wants it"])
      #expect(try bench.inventory()?.status?.images?.count == 1)
    }
  }

  @Test func aLeaderThatGoesInTheMiddleOfAPurgeBringsNothingBack() async throws {
    let bench = try SessionBench()
    try bench.api.put(Samples.cache(lists: [ImageCacheList(images: ["nginx:1", "redis:7"])]))
    try await bench.lead {
      try await wait(bench, "there") { has($0.status, .succeeded, .create) }
      try annotate(bench, ImageCacheAnnotation.purge)
      // Nothing is carried out meanwhile.
      try await eventually("noted") { try cache(bench)?.status?.request?.kind == .purge ? true : nil }
    }
    #expect(try bench.inventory()?.status?.images?.count == 2)
    try await bench.lead {
      try await eventually("gone") {
        try bench.carryOut()
        let inventory = try bench.inventory()
        // The plan may be one from before the request; it must not be one that pulls.
        let left = Set(inventory?.status?.images?.keys.map { $0 } ?? [])
        let wanted = inventory?.spec.images?.filter { $0.value.hold != true }.map(\.key) ?? []
        #expect(left.isSuperset(of: wanted))
        return left.isEmpty ? true : nil
      }
      try await wait(bench, "purged") { has($0.status, .succeeded, .purge) }
      #expect(try bench.inventory()?.spec.images?.isEmpty ?? true)
    }
  }

  @Test func anEditWhileProcessingIsCarriedOut() async throws {
    let bench = try SessionBench()
    try bench.api.put(Samples.cache(lists: [ImageCacheList(images: ["nginx:1"])]))
    try await bench.lead {
      try await eventually("processing") {
        let status = try cache(bench)?.status
        return has(status, .processing, .create) ? true : nil
      }
      try change(bench) { $0.spec.cacheSpec = [ImageCacheList(images: ["redis:7"])] }
      let seen = try await wait(bench, "done") { has($0.status, .succeeded, .update) }
      #expect(seen.status?.observedGeneration == 2)
      try await eventually("what was taken out goes, should it have come") {
        try bench.carryOut()
        return try bench.inventory()?.status?.images?.keys.sorted() == ["docker.io/library/redis:7"] ? true : nil
      }
    }
  }

  @Test func whatCanNotBeReadIsNamedAndTheRestIsPulled() async throws {
    let bench = try SessionBench()
    try bench.api.put(Samples.cache(lists: [ImageCacheList(images: ["nginx:1", "a b; rm -rf /", "nginx:1"])]))
    try await bench.lead {
      let seen = try await wait(bench, "judged") { has($0.status, .failed, .invalidSpec) }
      #expect(seen.status?.progress == "1/1")
      #expect(seen.status?.message?.contains("spec.cacheSpec[0].images[1]") == true)
      #expect(seen.status?.message?.contains("already named by spec.cacheSpec[0].images[0]") == true)
    }
  }

  /// As in kube-fledged's own sample: a list for every node, and one for some of them.
  @Test func nodesThatTwoListsPickCountOnce() async throws {
    let bench = try SessionBench(nodes: ["n1", "n2"])
    try bench.api.change(Node.self, "n2") { $0.metadata.labels?["tier"] = "backend" }
    let lists = [
      ImageCacheList(images: ["nginx:1"]), ImageCacheList(images: ["etcd:3"], nodeSelector: ["tier": "backend"]),
    ]
    try bench.api.put(Samples.cache(lists: lists))
    try await bench.lead {
      try await wait(bench, "n1 is ready") { $0.status?.nodes == ReadyCounts(desired: 2, ready: 1, unreachable: 0) }
      let seen = try await eventually("created") {
        try bench.carryOut()
        try bench.carryOut("n2")
        return try cache(bench).flatMap { has($0.status, .succeeded, .create) ? $0 : nil }
      }
      #expect(seen.status?.nodes == ReadyCounts(desired: 2, ready: 2, unreachable: 0))
      #expect(seen.status?.message == "3 of 3 images are on 2 nodes")
    }
  }

  @Test func anEmptyListIsNothingToDo() async throws {
    let bench = try SessionBench()
    try bench.api.put(Samples.cache(lists: [ImageCacheList(images: [])]))
    try await bench.lead {
      let seen = try await wait(bench, "judged") { has($0.status, .nothingDone, .create) }
      #expect(seen.status?.message == "No images are named: nothing to do")
      try change(bench) { $0.metadata.deletionTimestamp = Timestamp(Date()) }
      try await wait(bench, "let go") { $0.metadata.finalizers?.isEmpty ?? true }
    }
  }

  @Test func whoKeepsImagesHasNoFinalizer() async throws {
    let bench = try SessionBench()
    try bench.api.put(Samples.cache(annotations: [ImageCacheAnnotation.retention: "Retain"]))
    try await bench.lead {
      let seen = try await wait(bench, "there") { has($0.status, .succeeded, .create) }
      #expect(seen.metadata.finalizers == nil)
      // One that has it from before is let go as well.
      try change(bench) {
        $0.metadata.finalizers = [ImageCacheAnnotation.finalizer, "others/one"]
        $0.metadata.deletionTimestamp = Timestamp(Date())
      }
      try await wait(bench, "let go") { $0.metadata.finalizers == ["others/one"] }
      #expect(try bench.inventory()?.status?.images?.count == 1)
    }
  }

  /// `kubectl delete crd` says nothing about images, and must not wait for anything.
  @Test func aDefinitionThatGoesLetsObjectsGoAndImagesStay() async throws {
    let bench = try SessionBench()
    try bench.api.put(Samples.cache())
    try await bench.lead {
      try await wait(bench, "there") { has($0.status, .succeeded, .create) }
      var definition = Samples.definition("imagecaches.kubefledged.io")
      definition.metadata.deletionTimestamp = Samples.start
      try bench.api.put(definition)
      try change(bench) { $0.metadata.deletionTimestamp = Timestamp(Date()) }
      try await wait(bench, "let go") { $0.metadata.finalizers?.isEmpty ?? true }
      bench.api.drop("imagecaches", Self.key)
      try bench.api.put(Samples.set("other", images: ["busybox:1"]))
      try await eventually("another plan") {
        try bench.carryOut()
        return try bench.inventory()?.spec.images?.count == 2 ? true : nil
      }
      #expect(try bench.inventory()?.spec.removals == nil)
    }
  }

  @Test(arguments: ["Succeeded", "Failed", "Processing", "NoImagesPulledOrDeleted", "Unknown", "Strange"])
  func whateverKubeFledgedLeftIsTakenOver(status: String) async throws {
    let bench = try SessionBench()
    var old = Samples.cache(lists: [ImageCacheList(images: ["nginx"])])
    old.status = ImageCacheStatus()
    old.status?.status = status
    old.status?.reason = "ImageCacheUpdate"
    old.status?.startTime = Samples.start
    try bench.api.put(old)
    try await bench.lead {
      try await eventually("a plan") { try bench.inventory()?.spec.images?.count == 1 ? true : nil }
      #expect(try bench.inventory()?.spec.images?["docker.io/library/nginx:latest"]?.adopt == true)
      try bench.api.change(NodeInventory.self, "n1") { inventory in
        var image = NodeImage(state: .present)
        image.origin = .found
        inventory.status = NodeInventoryStatus()
        inventory.status?.images = ["docker.io/library/nginx:latest": image]
      }
      let seen = try await wait(bench, "taken over") { $0.status?.status == "Succeeded" && $0.status?.adoptedAt != nil }
      #expect(seen.status?.progress == "1/1")
      #expect(try bench.inventory()?.spec.images?["docker.io/library/nginx:latest"]?.freshAfter == nil)
      #expect(try bench.inventory()?.status?.images?.values.first?.origin == .adopted)
    }
  }
}
