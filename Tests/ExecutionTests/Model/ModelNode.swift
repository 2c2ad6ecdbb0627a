import Execution
import KubernetesClient
import SwiftletAPI

/// One node with its kubelet and runtime, the API server's objects about it, and a controller whose informers may be
/// behind and that may crash between any two requests.
struct ModelNode {
  struct Run {
    var job: Job
    var order: JobOrder
    var pod: Pod?
    var isDeleted = false
  }

  static let start = Timestamp(microseconds: 1_800_000_000_000_000)
  static let node = JobsNode(name: "n1", uid: "node-uid", platform: "linux/amd64")

  var now = Self.start
  var inventory: NodeInventory
  var runs: [Run] = []
  /// What the runtime has.
  var onNode: Set<String> = []
  /// What was there before anything was asked for: nobody may remove it.
  var foreign: Set<String> = []
  /// What the registry hasn't.
  var broken: Set<String> = []
  var inUse: Set<String> = []
  var settings = JobSettings(namespace: "swiftlet-system", starterImage: "starter", swiftletImage: "swiftlet")
  var isUsable = true
  /// Pods can have images as volumes, as the controller has it.
  var mountsImages = false
  /// The API server leaves such volumes out, and the controller ended before it saw that.
  var dropsVolumes = false
  /// Pods with such volumes never begin.
  var isStuck = false
  /// A Job came to nothing, and this leader remembers that.
  var isCautious = false
  /// What the informers lack.
  var unseen: Set<String> = []
  /// What this leader remembers of its own Jobs.
  var made: Set<String> = []
  var generator: any RandomNumberGenerator
  var problems: [String] = []
  var writes = 0
  var uids = 0

  init(images: [String], generator: any RandomNumberGenerator) {
    var spec = NodeInventorySpec(nodeUID: Self.node.uid)
    spec.images = Dictionary(uniqueKeysWithValues: images.map { ($0, PlannedImage()) })
    inventory = NodeInventory(
      metadata: ObjectMeta(name: "n1", uid: "i", resourceVersion: "1", generation: 1), spec: spec)
    self.generator = generator
  }

  mutating func chance(_ percent: Int) -> Bool {
    var any = AnyGenerator(generator)
    defer { generator = any.base }
    return Int.random(in: 0..<100, using: &any) < percent
  }

  mutating func changeSpec(_ body: (inout NodeInventorySpec) -> Void) {
    body(&inventory.spec)
    inventory.metadata.generation = (inventory.metadata.generation ?? 0) + 1
  }

  var images: [String: NodeImage] { inventory.status?.images ?? [:] }
  var active: [Run] { runs.filter { !$0.isDeleted } }

  // MARK: The controller

  func pictures() -> [JobPicture] {
    active.filter { !unseen.contains($0.job.metadata.name ?? "") || made.contains($0.job.metadata.name ?? "") }
      .compactMap { JobPicture($0.job, pods: $0.pod.map { [$0] } ?? []) }
  }

  func decide(_ generator: inout AnyGenerator) -> JobsTurn {
    var node = Self.node
    node.isUsable = isUsable
    node.mountsImages = mountsImages && !isCautious
    return NodeJobs.decide(
      inventory: inventory, node: node, jobs: pictures(), sources: [:], settings: settings, version: "1", now: now,
      using: &generator)
  }

  /// One reconcile.
  ///
  /// - Parameter crash: after how many requests the controller dies; nil: it doesn't.
  mutating func reconcile(crashAfter crash: Int? = nil) {
    var any = AnyGenerator(generator)
    let turn = decide(&any)
    generator = any.base
    if turn.isStalled { isCautious = true }
    var left = crash ?? .max
    for draft in turn.drafts {
      guard left > 0 else { return restart() }
      left -= 1
      create(draft)
    }
    if let status = turn.status {
      guard left > 0 else { return restart() }
      left -= 1
      inventory.status = status
      writes += 1
    }
    for retirement in turn.retirements {
      guard left > 0 else { return restart() }
      left -= 1
      guard let index = runs.firstIndex(where: { $0.job.metadata.uid == retirement.uid }) else { continue }
      if retirement.isKept {
        runs[index].job.metadata.annotations?[JobOrder.settledAnnotation] = "true"
        finish(index)
      } else {
        runs[index].isDeleted = true
      }
    }
  }

  /// Another controller leads: it begins with a fresh list.
  mutating func restart() {
    unseen = []
    made = []
    isCautious = false
  }

  private mutating func create(_ draft: JobDraft) {
    guard !active.contains(where: { $0.job.key == draft.key }) else { return }
    for item in draft.order.items where draft.order.kind == .pull {
      let others = active.filter {
        $0.order.kind == .pull && $0.job.metadata.annotations?[JobOrder.settledAnnotation] == nil
          && $0.order.items.contains { $0.image == item.image }
      }
      for other in others where !isSettled(item.image, in: other) {
        problems.append("a second Job for \(item.image), beside \(other.job.metadata.name ?? "")")
      }
    }
    do {
      var job = try JobManifest(draft, settings: settings).job()
      uids += 1
      job.metadata.uid = "job-\(uids)"
      job.metadata.creationTimestamp = now.wholeSeconds
      runs.append(Run(job: job, order: draft.order))
      made.insert(draft.name)
      if chance(30) { unseen.insert(draft.name) }
    } catch {
      problems.append("\(error)")
    }
    checkBudget()
  }

  private func isSettled(_ image: String, in run: Run) -> Bool {
    guard let picture = JobPicture(run.job, pods: run.pod.map { [$0] } ?? []) else { return true }
    let verdict = JobVerdict(pulling: picture, deadline: settings.pullDeadline, now: now)
    return zip(run.order.items, verdict.outcomes).contains { $0.image == image && $1 != .pending }
  }

  private mutating func checkBudget() {
    for grant in inventory.spec.grants ?? [] {
      let running = active.filter {
        $0.order.grant == grant.id && !JobIsOver($0)
          && $0.job.metadata.annotations?[JobOrder.settledAnnotation] == nil
      }
      if running.count > grant.pulls { problems.append("\(running.count) Jobs under \(grant.id)") }
    }
  }

  private func JobIsOver(_ run: Run) -> Bool {
    guard let picture = JobPicture(run.job, pods: run.pod.map { [$0] } ?? []) else { return true }
    return JobVerdict(pulling: picture, deadline: settings.pullDeadline, now: now).isSettled
  }
}

/// A generator behind another type.
struct AnyGenerator: RandomNumberGenerator {
  var base: any RandomNumberGenerator
  init(_ base: any RandomNumberGenerator) { self.base = base }
  mutating func next() -> UInt64 { base.next() }
}
