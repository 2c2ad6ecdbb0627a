import Execution
import KubernetesClient
import Operator
import Planning
import SwiftletAPI
import Synchronization
import TestSupport
import Testing

/// The controller's shell around Jobs, with a kubelet that does what it is told at once.
@Suite(.timeLimit(.minutes(1))) struct JobsSessionTests {
  private func bench(
    hasAgents: Bool = false, imageVolumes: JobSettings.ImageVolumes = .auto
  ) throws -> SessionBench {
    let settings = JobSettings(namespace: "swiftlet-system", starterImage: "starter", imageVolumes: imageVolumes)
    return try SessionBench(
      jobs: JobsConfiguration(mode: .jobs, settings: settings, version: "1"), hasAgents: hasAgents)
  }

  /// Gives each new Job a pod whose containers have run.
  private func startKubelet(_ bench: SessionBench) {
    bench.api.observe { [weak bench] resource, _, document in
      guard resource == "jobs", let bench, let document else { return }
      do {
        try Self.run(try document.decoded(), bench)
      } catch {
        Issue.record(error)
      }
    }
  }

  private static func run(_ job: Job, _ bench: SessionBench) throws {
    guard job.status == nil, let picture = JobPicture(job, pods: []) else { return }
    var metadata = ObjectMeta(name: job.key.name, namespace: "swiftlet-system", annotations: job.metadata.annotations)
    metadata.ownerReferences = [
      OwnerReference(apiVersion: "batch/v1", kind: "Job", name: job.key.name, uid: job.metadata.uid ?? "")
    ]
    let template = try #require(job.spec?.template.spec)
    let spec: PodSpec = try template.decoded()
    let statuses = (spec.containers ?? []).map {
      ContainerStatus(
        name: $0.name, imageID: "x@sha256:" + String(repeating: "c", count: 64),
        state: ContainerState(terminated: .init(exitCode: 0)))
    }
    #expect(picture.order.mountsImages == true || statuses.count == picture.order.items.count)
    try bench.api.put(
      Pod(metadata: metadata, spec: spec, status: PodStatus(phase: "Succeeded", containerStatuses: statuses)))
  }

  private func wait(_ what: String, until condition: () throws -> Bool) async throws {
    let isSo: Bool = try await eventually(what) { try condition() ? true : nil }
    #expect(isSo)
  }

  private func isReady(_ bench: SessionBench) throws -> Bool { try bench.set()?.status?.progress == "2/2" }

  private func put(_ bench: SessionBench) throws {
    try bench.api.put(
      ImageSet(
        metadata: ObjectMeta(name: "web"),
        spec: ImageSetSpec(images: [ImageSetImage(image: "a:1"), ImageSetImage(image: "b:1")])))
  }

  @Test func aNodeWithoutAnAgentGetsItsImages() async throws {
    let bench = try bench()
    startKubelet(bench)
    try put(bench)
    try await bench.lead {
      try await wait("the set is ready") { try isReady(bench) }
      try await wait("the Job is gone") { try bench.api.all(Job.self).isEmpty }
    }
    #expect(bench.api.count("create jobs") == 1)
    let status = try bench.api.read(NodeInventory.self, "n1")?.status
    #expect(status?.executor == .jobs && status?.released?.count == 1)
    // Jobs that may not look can't know whether it was there before.
    #expect(status?.images?["docker.io/library/a:1"]?.origin == .found)
    #expect(status?.conditions?.first?.type == NodeInventoryStatus.runtimeAccessCondition)
  }

  /// Answers as the node's agent does: it leaves to Jobs what is theirs, and sees what they pulled.
  private static func answer(_ bench: SessionBench) throws {
    let pulled = Set(
      try bench.api.all(Pod.self).flatMap { pod -> [String] in
        guard pod.status?.phase == "Succeeded", let text = pod.metadata.annotations?[JobOrder.annotation] else {
          return []
        }
        return JobOrder(text: text)?.items.map(\.image) ?? []
      })
    try bench.api.change(NodeInventory.self, "n1") { inventory in
      var status = inventory.status ?? NodeInventoryStatus()
      status.nodeUID = inventory.spec.nodeUID
      status.observedGeneration = inventory.metadata.generation
      status.images = [:]
      for name in (inventory.spec.images ?? [:]).keys {
        var image = NodeImage(state: pulled.contains(name) ? .present : .waiting)
        if image.state == .waiting, inventory.spec.grants?.contains(where: { $0.executor == .jobs }) == true {
          image.reason = NodeImage.awaitsJobReason
        }
        status.images?[name] = image
      }
      inventory.status = status
    }
  }

  /// The status is the agent's; what came of Jobs goes into the spec.
  @Test func anAgentLeavesImagesToJobs() async throws {
    let bench = try bench(hasAgents: true)
    startKubelet(bench)
    try bench.api.put(
      ImageSet(
        metadata: ObjectMeta(name: "web"),
        spec: {
          var spec = ImageSetSpec(images: [ImageSetImage(image: "a:1"), ImageSetImage(image: "b:1")])
          spec.executor = .jobs
          return spec
        }()))
    try await bench.lead {
      try await wait("there is a plan") { try bench.inventory()?.spec.images?.count == 2 }
      try Self.answer(bench)
      try await wait("it is the Jobs' turn") { try bench.inventory()?.spec.grants?.first?.executor == .jobs }
      try Self.answer(bench)
      try await wait("there was a Job, and it waits for the agent") {
        try bench.api.all(Job.self).count == 1
          && bench.inventory()?.spec.jobs?.images?.values.allSatisfy { $0.state == .pulling } == true
      }
      #expect(try bench.inventory()?.status?.images?["docker.io/library/a:1"]?.state == .waiting)
      #expect(try bench.set()?.status?.pairs?.present == 0)
      try Self.answer(bench)
      try await wait("the set is ready") { try isReady(bench) }
      try await wait("the turn is given back, and the Job is gone") {
        try Self.answer(bench)
        return try bench.api.all(Job.self).isEmpty
          && bench.inventory()?.spec.jobs?.released?.count == 1 && bench.inventory()?.spec.jobs?.images == nil
      }
    }
    #expect(bench.api.count("create jobs") == 1)
    #expect(try bench.inventory()?.status?.executor == nil)
  }

  @Test func anAnswerThatGetsLostMakesNoSecondJob() async throws {
    let bench = try bench()
    startKubelet(bench)
    bench.api.fault("create jobs", .loseAnswer)
    try put(bench)
    try await bench.lead { try await wait("the set is ready") { try isReady(bench) } }
    #expect(bench.api.count("create jobs") == 1)
  }

  @Test func aRefusedJobIsAClearFailure() async throws {
    let bench = try bench()
    bench.api.fault("create jobs", .refuse(FakeAPI.error(403, "Forbidden", "create jobs")))
    try put(bench)
    try await bench.lead {
      try await wait("the set says why") {
        try bench.set()?.status?.failures?.contains { $0.reason == "JobForbidden" && $0.count == 2 } == true

      }
    }
  }

  private func capable(_ node: inout Node) {
    node.status?.nodeInfo = NodeSystemInfo(
      operatingSystem: "linux", architecture: "amd64", containerRuntimeVersion: "containerd://2.1.4",
      kubeletVersion: "v1.35.0")
  }

  /// By what the server and the node say of themselves.
  @Test(arguments: [true, false])
  func imagesAreMountedWhereThatIsCertain(isCapable: Bool) async throws {
    let bench = try bench()
    if isCapable { try bench.api.change(Node.self, "n1") { capable(&$0) } }
    startKubelet(bench)
    let mounted = Mutex<[Bool]>([])
    bench.api.observe { resource, _, document in
      guard resource == "jobs", let text = document?["metadata"]?["annotations"]?[JobOrder.annotation]?.string else {
        return
      }
      mounted.withLock { $0.append(JobOrder(text: text)?.mountsImages == true) }
    }
    try put(bench)
    try await bench.lead { try await wait("the set is ready") { try isReady(bench) } }
    #expect(bench.api.count("create jobs") == 1)
    #expect(mounted.withLock { $0.first } == isCapable)
    #expect(bench.api.count("get version") == (isCapable ? 1 : 0), "asked only where it matters")
    let image = try bench.api.read(NodeInventory.self, "n1")?.status?.images?["docker.io/library/a:1"]
    #expect((image?.digest == nil) == isCapable, "the starter's digest is no image's")
  }

  /// Images that a server made empty folders of aren't there because a container ran.
  @Test func aServerThatLeavesVolumesOutGetsTheOtherJobs() async throws {
    let bench = try bench(imageVolumes: .always)
    bench.api.dropImageVolumes()
    startKubelet(bench)
    try put(bench)
    try await bench.lead {
      try await wait("the set is ready") { try isReady(bench) }
      try bench.api.put(
        ImageSet(
          metadata: ObjectMeta(name: "more"),
          spec: ImageSetSpec(images: [ImageSetImage(image: "c:1"), ImageSetImage(image: "d:1")])))
      try await wait("the other set is ready") { try bench.set("more")?.status?.progress == "2/2" }
      try await wait("the Jobs are gone") { try bench.api.all(Job.self).isEmpty }
    }
    #expect(bench.api.count("create jobs") == 3, "it is tried once")
    let images = try bench.api.read(NodeInventory.self, "n1")?.status?.images ?? [:]
    #expect(images.count == 4 && images.values.allSatisfy { $0.digest != nil && $0.attempts == nil })
  }

  /// A server that has them turned off, and a policy against them.
  @Test(arguments: [(422, "Invalid", 2), (403, "Forbidden", 2)])
  func aServerThatRefusesVolumesGetsTheOtherJobs(code: Int, reason: String, requests: Int) async throws {
    let bench = try bench(imageVolumes: .always)
    bench.api.fault("create jobs", .refuse(FakeAPI.error(code, reason, "create jobs")))
    startKubelet(bench)
    try put(bench)
    try await bench.lead { try await wait("the set is ready") { try isReady(bench) } }
    #expect(bench.api.count("create jobs") == requests)
  }

  /// The next leader goes on with the Jobs of the last one.
  @Test func aNewLeaderMakesNoSecondJob() async throws {
    let bench = try bench()
    try put(bench)
    try await bench.lead {
      try await wait("there is a Job") { try bench.api.all(Job.self).count == 1 }
    }
    try await bench.lead {
      startKubelet(bench)
      for job in try bench.api.all(Job.self) { try Self.run(job, bench) }
      try await wait("the set is ready") { try isReady(bench) }
    }
    #expect(bench.api.count("create jobs") == 1)
  }

  @Test func aCordonedNodeLosesItsJob() async throws {
    let bench = try bench()
    try put(bench)
    try await bench.lead {
      try await wait("there is a Job") { try bench.api.all(Job.self).count == 1 }
      try bench.api.change(Node.self, "n1") { $0.spec = NodeSpec(unschedulable: true) }
      try await wait("it is gone") { try bench.api.all(Job.self).isEmpty }
      try await wait("nothing counts as pulled") {
        try bench.api.read(NodeInventory.self, "n1")?.status?.images?.values.allSatisfy { $0.state == .waiting } == true

      }
    }
  }
}
