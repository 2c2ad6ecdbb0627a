import Agent
import Execution
import KubernetesClient
import SwiftletAPI
import TestSupport

/// A node with the real agent and the real decisions about Jobs beside it, a kubelet in short, and a planner that gives
/// Jobs their turns. The controller may crash between any two requests.
struct BesideModel {
  struct Run {
    var job: Job
    var order: JobOrder
    var pod: Pod?
    var isDeleted = false
  }

  var bench = Bench()
  var runs: [Run] = []
  /// What the registry hasn't.
  var broken: Set<String> = []
  var problems: [String] = []
  var pulls = 1
  var isUsable = true
  /// Pods can have images as volumes.
  var mountsImages = false
  /// Whether the agent hears what happens.
  var agentIsUp = true
  var settings = JobSettings(namespace: "swiftlet-system", starterImage: "starter", swiftletImage: "swiftlet")
  private var serial = 0
  private var generator: SeededGenerator

  init(_ images: [String] = [], seed: UInt64 = 1) {
    generator = SeededGenerator(seed: seed)
    for name in images { bench.plan(name) { $0.executor = .jobs } }
    bench.begin()
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }

  var inventory: NodeInventory { bench.inventory }
  var active: [Run] { runs.filter { !$0.isDeleted } }

  mutating func change(_ body: (inout NodeInventorySpec) -> Void) {
    body(&bench.inventory.spec)
    bench.inventory.metadata.generation = (bench.inventory.metadata.generation ?? 0) + 1
    if agentIsUp { bench.tell(.plan(bench.inventory)) }
  }

  /// The agent ends and another one begins, with what was stored.
  mutating func restartAgent() {
    bench.state = AgentState(version: "2", ledger: bench.ledger, now: bench.now)
    bench.tell(.timer)
    bench.tell(.plan(bench.inventory))
    agentIsUp = true
  }

  // MARK: The controller

  func decide() -> JobsTurn {
    var any = generator
    let node = JobsNode(
      name: "node", uid: "uid", isUsable: isUsable, platform: "linux/amd64", mountsImages: mountsImages)
    let pictures = active.compactMap { JobPicture($0.job, pods: $0.pod.map { [$0] } ?? []) }
    return NodeJobs.decide(
      role: .beside, inventory: inventory, node: node, jobs: pictures, sources: [:], settings: settings,
      version: "1", now: bench.now, using: &any)
  }

  mutating func reconcile(crashAfter crash: Int? = nil) {
    let turn = decide()
    _ = generator.next()
    var left = crash ?? .max
    if turn.status != nil { problems.append("the agent's status is written") }
    for draft in turn.drafts {
      guard left > 0 else { return }
      left -= 1
      create(draft)
    }
    if let note = turn.note {
      guard left > 0 else { return }
      left -= 1
      change { $0.jobs = note == JobsNote() ? nil : note }
    }
    for retirement in turn.retirements {
      guard left > 0 else { return }
      left -= 1
      for index in runs.indices where runs[index].job.metadata.uid == retirement.uid { runs[index].isDeleted = true }
    }
  }

  private mutating func create(_ draft: JobDraft) {
    if draft.order.kind != .pull { problems.append("a Job to \(draft.order.kind)") }
    guard !active.contains(where: { $0.job.key == draft.key }) else { return }
    for item in draft.order.items {
      if active.contains(where: { isPending(item.image, in: $0) }) {
        problems.append("a second Job for \(item.image)")
      }
    }
    do {
      var job = try JobManifest(draft, settings: settings).job()
      serial += 1
      job.metadata.uid = "job-\(serial)"
      job.metadata.creationTimestamp = bench.now.wholeSeconds
      runs.append(Run(job: job, order: draft.order))
    } catch {
      problems.append("\(error)")
    }
    for grant in inventory.spec.grants ?? [] {
      let count = active.count { run in
        run.order.grant == grant.id && run.order.items.contains { isPending($0.image, in: run) }
      }
      if count > (grant.executor == .jobs ? grant.pulls : 0) { problems.append("\(count) Jobs under \(grant.id)") }
    }
  }

  private func isPending(_ image: String, in run: Run) -> Bool {
    guard let picture = JobPicture(run.job, pods: run.pod.map { [$0] } ?? []) else { return false }
    let verdict = JobVerdict(pulling: picture, deadline: settings.pullDeadline, now: bench.now)
    return zip(run.order.items, verdict.outcomes).contains { $0.image == image && $1 == .pending }
  }

  /// The planner, in short.
  mutating func plan() {
    let images = inventory.images
    let live = (inventory.spec.grants ?? []).filter {
      $0.until > bench.now && !inventory.released.contains($0.id)
    }
    let isAnswered = inventory.status?.observedGeneration == inventory.metadata.generation
    let isDue = (inventory.spec.images ?? [:]).contains { name, plan in
      guard plan.executor == .jobs, plan.hold != true else { return false }
      guard let image = images[name] else { return true }
      if let retryAt = image.retryAt, retryAt > bench.now { return false }
      let isStale = plan.freshAfter.map { fresh in image.checkedAt.map { $0 < fresh } ?? true } ?? false
      return image.state != .present || isStale
    }
    guard inventory.spec.paused != true, isDue, isAnswered || inventory.status == nil else { return }
    let until = bench.now + .seconds(120)
    if live.isEmpty {
      serial += 1
      var grant = Grant(id: "g\(serial)", budget: "default", until: until, pulls: pulls)
      grant.executor = .jobs
      change { $0.grants = [grant] }
    } else if live[0].until - bench.now < .seconds(60) {
      change { $0.grants?[0].until = until }
    }
  }

  // MARK: The kubelet

  mutating func step(_ index: Int) throws {
    guard !runs[index].isDeleted, runs[index].job.status == nil else { return }
    guard runs[index].pod != nil else { return makePod(index) }
    if runs[index].order.mountsImages == true { try mount(index) }
    var statuses = runs[index].pod?.status?.containerStatuses ?? []
    if let next = statuses.firstIndex(where: { $0.state?.waiting?.reason == "PodInitializing" }) {
      let name = statuses[next].image ?? ""
      if broken.contains(name), bench.runtime.id(of: name) == nil {
        statuses[next].state = ContainerState(
          waiting: .init(reason: "ErrImagePull", message: "rpc error: code = NotFound desc = \(name): not found"))
      } else {
        try pull(name)
        statuses[next].imageID = name
        statuses[next].state = ContainerState(
          terminated: .init(exitCode: 0, reason: "Completed", finishedAt: bench.now.wholeSeconds))
      }
      runs[index].pod?.status?.containerStatuses = statuses
    }
    guard statuses.allSatisfy({ $0.state?.terminated != nil }) else { return }
    runs[index].job.status = JobStatus(conditions: [StatusCondition(type: "Complete", status: .yes)])
  }

  /// All images are pulled before the container starts; of several that fail, the last one is named.
  private mutating func mount(_ index: Int) throws {
    var state = ContainerState(terminated: .init(exitCode: 0, reason: "Completed", finishedAt: bench.now.wholeSeconds))
    for name in runs[index].order.items.map(\.image) {
      guard broken.contains(name), bench.runtime.id(of: name) == nil else {
        try pull(name)
        continue
      }
      state = ContainerState(
        waiting: .init(reason: "ErrImagePull", message: "rpc error: code = NotFound desc = \(name): not found"))
    }
    runs[index].pod?.status?.containerStatuses = [ContainerStatus(name: JobManifest.mounter, state: state)]
  }

  mutating func pull(_ name: String) throws {
    serial += 1
    if bench.runtime.id(of: name) == nil { try bench.runtime.add(name, id: fakeID(serial)) }
    if agentIsUp { bench.tell(.runtimeChanged) }
  }

  private mutating func makePod(_ index: Int) {
    let owner = OwnerReference(
      apiVersion: "batch/v1", kind: "Job", name: "j", uid: runs[index].job.metadata.uid ?? "", controller: true)
    let containers = runs[index].order.items.enumerated().map {
      PodContainer(name: JobManifest.container($0.offset), image: $0.element.image)
    }
    var pod = Pod(metadata: ObjectMeta(name: "p", ownerReferences: [owner]), spec: PodSpec(containers: containers))
    pod.status = PodStatus(phase: "Pending", startTime: bench.now.wholeSeconds)
    pod.status?.containerStatuses = containers.map {
      ContainerStatus(
        name: $0.name, image: $0.image, state: ContainerState(waiting: .init(reason: "PodInitializing")))
    }
    if runs[index].order.mountsImages == true {
      pod.spec = PodSpec(
        containers: [PodContainer(name: JobManifest.mounter, image: settings.starterImage)],
        volumes: runs[index].order.items.enumerated().map {
          PodVolume(name: JobManifest.volume($0.offset), image: ImageVolumeSource(reference: $0.element.image))
        })
      pod.status?.containerStatuses = nil
    }
    runs[index].pod = pod
  }

  mutating func pass(_ duration: Duration) {
    if agentIsUp { bench.pass(duration) } else { bench.now = bench.now + duration }
  }

  /// Lets everything come to rest, as far as it does.
  mutating func settle(rounds: Int = 60) throws {
    for _ in 0..<rounds {
      plan()
      reconcile()
      for index in runs.indices { try step(index) }
      pass(.seconds(2))
    }
  }
}
