package import KubernetesClient
import KubernetesRuntime
package import SwiftletAPI

/// Decides what Jobs do for one node, and what is said of it: in the status where the node has no agent, otherwise in the
/// spec.
///
/// Holds nothing between two decisions: all of it follows from the NodeInventory, the Jobs and their pods. So whoever
/// leads next goes on from there. It relies on three things that its shell keeps to:
/// - A Job's name follows from what it is for, so that making it twice fails.
/// - A Job goes only after what came of it was written. Taking over a result twice is the same as
///   once, because each Job says how many attempts had failed before it.
/// - Nothing is written but over the version that the decision was made from.
package struct NodeJobs {
  /// How many images one Job pulls.
  package static let maxPulls = 32
  /// How many images one Job removes.
  package static let maxRemovals = JobReport.maxItems
  /// After Jobs couldn't get at the runtime, they try again so much later.
  package static let accessRetry = Duration.seconds(600)
  static let accessCondition = NodeInventoryStatus.runtimeAccessCondition
  /// Said of an image that isn't wanted any more, whose pull was stopped.
  static let stoppedReason = "PullStopped"
  /// For how long such an image is looked for, and how often.
  static let stoppedPatience = Duration.seconds(30)
  static let stoppedRetry = Duration.seconds(10)

  static let inUse = Backoff(initial: .seconds(60), max: .seconds(600), factor: 2, jitter: 0)
  static let removalFailed = Backoff(initial: .seconds(10), max: .seconds(600), factor: 2, jitter: 0.2)

  let role: JobsRole
  let inventory: NodeInventory
  /// The images that are the Jobs' business.
  let planned: [String: PlannedImage]
  let node: JobsNode
  /// Those whose results aren't in the status for certain.
  let jobs: [JobPicture]
  /// How many others are there, only kept.
  let keptJobs: Int
  let sources: [String: JobSource]?
  let settings: JobSettings
  let version: String
  let limits: Limits
  let now: Timestamp

  var images: [String: NodeImage]
  var conditions: [Condition]
  var grants = GrantBook()
  /// Images that a Job is at work on.
  var atWork: Set<String> = []
  /// Jobs that pull, and go on.
  var running: [Turn] = []
  /// Jobs that mount images and came to nothing, while their images aren't in another one.
  var replaceable: [JobPicture] = []
  var isLooking = false
  var isRemoving = false
  var turn = JobsTurn()

  /// What keeps Jobs from being made.
  package struct Limits: Sendable, Hashable {
    /// How many more there may be.
    package var newJobs: Int
    /// Why the API server refused one, by its name, when it was to be made a moment ago.
    package var refusals: [String: FailureText]

    package init(newJobs: Int = .max, refusals: [String: FailureText] = [:]) {
      self.newJobs = newJobs
      self.refusals = refusals
    }
  }

  /// A Job as one of a grant's pulls: a pod's images are pulled one after the other.
  struct Turn: PullTurn {
    let grantID: String
    let registry: String
  }

  /// - Parameters:
  ///   - jobs: all Jobs for this node, also settled ones and those for an earlier Node of its name.
  ///   - sources: by image, of those with pull secrets or an ImageCache; nil where that isn't known for now.
  package static func decide(
    role: JobsRole = .instead, inventory: NodeInventory, node: JobsNode, jobs: [JobPicture],
    sources: [String: JobSource]?,
    settings: JobSettings, version: String, limits: Limits = Limits(), now: Timestamp,
    using generator: inout some RandomNumberGenerator
  ) -> JobsTurn {
    var state = NodeJobs(
      role: role, inventory: inventory, node: node, jobs: jobs, sources: sources, settings: settings, version: version,
      limits: limits, now: now)
    state.run(using: &generator)
    return state.turn
  }

  private init(
    role: JobsRole, inventory: NodeInventory, node: JobsNode, jobs: [JobPicture], sources: [String: JobSource]?,
    settings: JobSettings, version: String, limits: Limits, now: Timestamp
  ) {
    self.role = role
    self.inventory = inventory
    planned = (inventory.spec.images ?? [:]).filter { role == .instead || $0.value.effectiveExecutor == .jobs }
    self.node = node
    let own = jobs.filter { $0.order.nodeUID == node.uid }
    self.jobs = own.filter { !$0.isSettled }.sorted { ($0.createdAt, $0.key) < ($1.createdAt, $1.key) }
    keptJobs = own.count { $0.isSettled }
    self.sources = sources
    self.settings = settings
    self.version = version
    self.limits = limits
    self.now = now
    let status = inventory.status
    let isSame = status?.nodeUID == node.uid
    images = isSame ? inventory.images : [:]
    conditions = isSame ? (status?.conditions ?? []).filter { $0.type == Self.accessCondition } : []
    for job in jobs where job.order.nodeUID != node.uid { retire(job, isCancelled: true) }
  }

  /// Whether there may be one more Job.
  var hasRoom: Bool { turn.drafts.count < limits.newJobs }

  var spec: NodeInventorySpec { inventory.spec }
  var isPaused: Bool { spec.paused ?? false }

  private mutating func run(using generator: inout some RandomNumberGenerator) {
    if role == .beside { return runBeside(using: &generator) }
    grants.update(spec.grants ?? [])
    if inventory.status?.nodeUID == node.uid { grants.release(inventory.status?.released ?? []) }
    if inventory.status?.executor != .jobs { takeOver() }
    takeLooks()
    takePulls(using: &generator)
    takeRemovals(using: &generator)
    settleEntries(using: &generator)
    startLook()
    startPulls(using: &generator)
    startRemovals(using: &generator)
    release()
    compose()
  }

  /// What an agent left in the status: its pulls ended with it.
  private mutating func takeOver() {
    for (name, image) in images where image.state == .pulling || image.state == .removing {
      images[name]?.state = image.state == .removing ? .present : .waiting
      images[name]?.transferredBytes = nil
      images[name]?.totalBytes = nil
    }
    for name in images.keys {
      images[name]?.pinned = nil
      if images[name]?.reason == NodeImage.awaitsJobReason { images[name]?.reason = nil }
    }
  }

  /// - Parameter isCancelled: whether it is stopped, rather than done.
  mutating func retire(_ job: JobPicture, isCancelled: Bool) {
    guard !job.isDeleting else { return }
    turn.retirements.append(
      JobsTurn.Retirement(
        key: job.key, uid: job.uid, isKept: settings.retention == .retain && !isCancelled, isActive: !job.isOver))
    turn.isUrgent = true
  }

  /// Notes a failed attempt, unless it is noted already.
  mutating func fail(
    _ name: String, _ text: FailureText, attempts: Int, _ backoff: BackoffSpec?,
    using generator: inout some RandomNumberGenerator
  ) {
    var image = images[name] ?? NodeImage(state: .failed)
    guard (image.attempts ?? 0) <= attempts else { return }
    // What is there stays there when a look at the registry fails.
    if image.state != .present { image.state = .failed }
    let spec = backoff ?? BackoffSpec()
    let delay = Backoff(initial: spec.effectiveInitial, max: spec.effectiveMax, factor: 2, jitter: 0.2)
    image.attempts = attempts + 1
    image.retryAt = (now + max(delay.delay(attempt: attempts + 1, using: &generator), .seconds(1))).wholeSeconds
    image.reason = text.reason
    image.message = text.message
    images[name] = image
  }

  // MARK: Status

  private mutating func compose() {
    var status = NodeInventoryStatus()
    // An answer names everything that the plan holds.
    let isAnswer = planned.keys.allSatisfy { images[$0] != nil }
    let old = inventory.status?.nodeUID == node.uid ? inventory.status : nil
    if !isAnswer, old == nil, images.isEmpty { return }
    status.observedGeneration = isAnswer ? inventory.metadata.generation : old?.observedGeneration
    status.nodeUID = node.uid
    status.agentVersion = version
    status.executor = .jobs
    status.images = images.isEmpty ? nil : images
    status.progress = NodeInventory.progress(planned: planned, images: images)
    status.released = grants.released.isEmpty ? nil : grants.released.sorted()
    status.conditions = conditions.isEmpty ? nil : conditions
    guard status != inventory.status else { return }
    turn.status = status
    if status.released != inventory.status?.released { turn.isUrgent = true }
  }
}
