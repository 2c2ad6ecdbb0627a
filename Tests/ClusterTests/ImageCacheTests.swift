import Foundation
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

/// What a user of kube-fledged does with ImageCaches.
@Suite(
  "ImageCaches", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)),
  .timeLimit(.minutes(5)))
struct ImageCacheTests {
  let cluster: Cluster

  init() throws {
    cluster = try Cluster.require()
  }

  private func apply(_ name: String, namespace: String = "default", by executor: String? = nil, images: [String])
    async throws
  {
    let annotations = executor.map { ", annotations: {\(ImageCacheAnnotation.executor): \($0)}" } ?? ""
    try await cluster.apply(
      """
      apiVersion: kubefledged.io/v1alpha2
      kind: ImageCache
      metadata: {name: \(name), namespace: \(namespace)\(annotations)}
      spec:
        cacheSpec:
        - images: [\(images.joined(separator: ", "))]
      """)
  }

  private func cache(_ name: String, namespace: String = "default") async throws -> ImageCache {
    let text = try await cluster.kubectl("-n", namespace, "get", "imagecache", name, "-o", "json")
    return try JSONDecoder().decode(ImageCache.self, from: Data(text.utf8))
  }

  @discardableResult
  private func wait(
    _ name: String, namespace: String = "default", _ phase: ImageCachePhase, _ reason: ImageCacheReason
  ) async throws -> ImageCacheStatus {
    try await eventually("\(phase) \(reason)", within: .seconds(60), every: .milliseconds(200)) {
      let cache = try await cache(name, namespace: namespace)
      guard let status = cache.status, status.observedGeneration == cache.metadata.generation, status.request == nil,
        status.status == phase.rawValue, status.reason == reason.rawValue
      else { return nil }
      return status
    }
  }

  private func annotate(_ name: String, namespace: String = "default", _ annotation: String) async throws {
    try await cluster.kubectl("-n", namespace, "annotate", "imagecache", name, "\(annotation)=")
  }

  @Test("created, edited, refreshed, purged, brought back and deleted", arguments: [ExecutorMode.standard, .jobs])
  func life(_ mode: ExecutorMode) async throws {
    try await cluster.reset(mode)
    let executor = mode == .jobs ? "Jobs" : "Agent"
    let images = try await cluster.push("fledged", count: 3)
    let nodes = try await cluster.nodes()
    try await apply("life", by: executor, images: Array(images[0...1]))
    var status = try await wait("life", .succeeded, .create)
    #expect(status.progress == "\(nodes.count * 2)/\(nodes.count * 2)")
    try await cluster.wait(for: Array(images[0...1]), on: nodes, within: .seconds(1))

    try await apply("life", by: executor, images: Array(images[1...2]))
    try await wait("life", .succeeded, .update)
    try await cluster.wait(for: Array(images[1...2]), on: nodes, within: .seconds(1))
    try await cluster.wait(for: [images[0]], on: nodes, present: false)

    try await annotate("life", ImageCacheAnnotation.refresh)
    try await wait("life", .succeeded, .refresh)

    try await annotate("life", ImageCacheAnnotation.purge)
    status = try await wait("life", .succeeded, .purge)
    #expect(status.failures == nil)
    try await cluster.wait(for: images, on: nodes, present: false, within: .seconds(1))
    #expect(try await cache("life").metadata.annotations?[ImageCacheAnnotation.purge] == nil)

    try await annotate("life", ImageCacheAnnotation.refresh)
    try await wait("life", .succeeded, .refresh)
    try await cluster.wait(for: Array(images[1...2]), on: nodes, within: .seconds(1))

    try await cluster.kubectl("delete", "imagecache", "life", "--wait=true", "--timeout=60s")
    try await cluster.wait(for: images, on: nodes, present: false, within: .seconds(1))
    let selector = "involvedObject.kind=ImageCache,involvedObject.name=life"
    let events = try await cluster.get("events", "--field-selector", selector)
    let reasons = Set((events["items"]?.array ?? []).compactMap { $0["reason"]?.string })
    #expect(reasons == ["ImageCacheCreate", "ImageCacheUpdate", "ImageCacheRefresh", "ImageCachePurge"])
  }

  @Test(
    "by Jobs: the newest spec wins in the middle, the kubelet says what is wrong, and Jobs have kube-fledged's labels")
  func jobs() async throws {
    try await cluster.reset(.jobs)
    let images = try await cluster.push("by-jobs", count: 2, megabytes: 20)
    let nodes = try await cluster.nodes()
    let missing = "\(cluster.registry)/nobody/by-jobs:1"
    for node in nodes { try await cluster.run("slow", node, "40mbit") }
    try await apply("by-jobs", by: "Jobs", images: [images[0]])
    let labels = "app=kubefledged,kubefledged=kubefledged-image-manager,imagecache=by-jobs,controller=fledged"
    try await eventually("Jobs and pods have the labels", within: .seconds(30), every: .milliseconds(200)) {
      let jobs = try await cluster.kubectl("get", "jobs", "-A", "-l", labels, "-o", "name")
      let pods = try await cluster.kubectl("get", "pods", "-A", "-l", labels, "-o", "name")
      return jobs.isEmpty || pods.isEmpty ? nil : true
    }
    #expect(try await cache("by-jobs").status?.status == ImageCachePhase.processing.rawValue)
    try await apply("by-jobs", by: "Jobs", images: [images[1], missing])
    for node in nodes { try await cluster.run("slow", node, "off") }
    let status = try await wait("by-jobs", .failed, .update)
    #expect(status.failures?.keys.sorted() == [missing] && status.failures?[missing]?.count == nodes.count)
    let failure = status.failures?[missing]?.first
    #expect(failure?.reason == "NotFound" && failure?.message.hasPrefix("ErrImagePull: ") == true)
    try await cluster.wait(for: [images[1]], on: nodes, within: .seconds(1))
    try await apply("by-jobs", by: "Jobs", images: [images[1]])
    try await wait("by-jobs", .succeeded, .update)
    try await cluster.wait(for: [images[0]], on: nodes, present: false)
  }

  @Test("an executor that isn't one is refused, and said where it is there all the same")
  func unknownExecutor() async throws {
    try await cluster.reset()
    let images = try await cluster.push("unknown-executor")
    let refusal = await #expect(throws: CommandFailure.self) {
      try await apply("unknown", by: "jobs", images: images)
    }
    #expect(refusal?.output.contains("\"jobs\" is none of Auto, Agent, Jobs") == true)
    try await cluster.unreviewed { try await apply("unknown", by: "jobs", images: images) }
    let status = try await wait("unknown", .failed, .invalidSpec)
    #expect(status.message?.contains("metadata.annotations[\(ImageCacheAnnotation.executor)]") == true)
    #expect(status.pairs?.present == status.pairs?.desired)
  }

  @Test("two of one name in two namespaces share an image: taking it from one takes nothing from the other")
  func shared() async throws {
    try await cluster.reset()
    let images = try await cluster.push("shared", count: 2)
    let nodes = try await cluster.nodes()
    try await cluster.kubectl("create", "namespace", "other-team")
    do {
      try await apply("web", images: images)
      try await apply("web", namespace: "other-team", images: [images[0]])
      try await wait("web", .succeeded, .create)
      try await wait("web", namespace: "other-team", .succeeded, .create)
      try await annotate("web", ImageCacheAnnotation.purge)
      let status = try await wait("web", .succeeded, .purge)
      #expect(status.failures?.keys.sorted() == [images[0]])
      #expect(status.failures?[images[0]]?.count == nodes.count)
      #expect(status.failures?[images[0]]?.first?.message == "ImageCache other-team/web wants it")
      try await cluster.wait(for: [images[0]], on: nodes, within: .seconds(1))
      try await cluster.wait(for: [images[1]], on: nodes, present: false, within: .seconds(1))
      try await cluster.kubectl("delete", "imagecache", "web", "--wait=true", "--timeout=60s")
      try await cluster.wait(for: [images[0]], on: nodes, within: .seconds(1))
    } catch {
      _ = try? await cluster.kubectl("delete", "namespace", "other-team", "--wait=false")
      throw error
    }
    // A namespace that goes takes its images along, and isn't held up.
    try await cluster.kubectl("delete", "namespace", "other-team", "--wait=true", "--timeout=60s")
    try await cluster.wait(for: [images[0]], on: nodes, present: false)
  }

  @Test("what kube-fledged left is taken over in place, purged on request, and a wrong image is named")
  func takenOver() async throws {
    try await cluster.reset()
    let images = try await cluster.push("left", count: 2)
    let node = try await cluster.nodes()[0]
    for image in images { try await cluster.on(node, "ctr", "-n", "k8s.io", "images", "pull", "--plain-http", image) }
    try await cluster.kubectl("label", "node", node, "swiftlet.test/old=yes", "--overwrite")
    let manifest = """
      apiVersion: kubefledged.io/v1alpha2
      kind: ImageCache
      metadata: {name: old, namespace: default}
      spec:
        cacheSpec:
        - images: ["\(images[0])", "\(images[1])", "a;touch /tmp/x\\n"]
          nodeSelector: {swiftlet.test/old: "yes"}
      """
    // Nobody looks at it before it has what kube-fledged's status says.
    try await scale(0)
    do {
      try await cluster.unreviewed { try await cluster.apply(manifest) }
      var object = try await cluster.get("imagecache", "old")
      object["status"] = [
        "status": "Succeeded", "reason": "ImageCacheCreate", "message": "All requested images pulled",
        "startTime": "2026-01-01T00:00:00Z",
      ]
      let text = String(decoding: try JSONEncoder().encode(object), as: UTF8.self)
      try await cluster.kubectl(
        "replace", "--raw", "/apis/kubefledged.io/v1alpha2/namespaces/default/imagecaches/old/status", "-f", "-",
        input: text)
    } catch {
      try? await scale(2)
      throw error
    }
    try await scale(2)
    var status = try await wait("old", .failed, .invalidSpec)
    #expect(status.adoptedAt != nil)
    #expect(status.progress == "2/2")
    #expect(status.message?.contains("spec.cacheSpec[0].images[2]") == true)
    let entries = try await cluster.inventory(node).status?.images ?? [:]
    for image in images { #expect(entries[image]?.origin == .adopted && entries[image]?.checkedAt == nil, "\(image)") }
    try await annotate("old", ImageCacheAnnotation.purge)
    status = try await wait("old", .succeeded, .purge)
    try await cluster.wait(for: images, on: [node], present: false, within: .seconds(1))
    try await cluster.kubectl("delete", "imagecache", "old", "--wait=true", "--timeout=60s")
    try await cluster.kubectl("label", "node", node, "swiftlet.test/old-")
  }

  private func scale(_ replicas: Int) async throws {
    try await cluster.kubectl(
      "-n", "swiftlet-system", "scale", "deployment/swiftlet-controller", "--replicas=\(replicas)")
    guard replicas > 0 else {
      try await cluster.kubectl(
        "-n", "swiftlet-system", "wait", "pod", "-l", "app.kubernetes.io/component=controller", "--for=delete",
        "--timeout=60s")
      return
    }
    try await cluster.kubectl(
      "-n", "swiftlet-system", "rollout", "status", "deployment/swiftlet-controller", "--timeout=60s")
  }
}
