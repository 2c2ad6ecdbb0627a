package import Execution
package import KubernetesClient
package import KubernetesRuntime
import Logging
import SwiftletAPI
import Planning

/// Makes Jobs, reads what came of them, and writes that down: into the status of nodes without an agent, into the spec of
/// the others. What to do is decided by ``NodeJobs``.
package struct JobsReconciler: Sendable {
  /// How often a status is written while Jobs run.
  static let statusInterval = Duration.seconds(3)
  static let maxAttempts = 8
  static let busyDelay = Duration.milliseconds(500)
  /// When it is looked again for a place among the Jobs.
  static let surgeDelay = Duration.seconds(2)

  private let configuration: JobsConfiguration
  private let book: JobBook
  private let context: SessionContext
  private let volumes: ImageVolumes
  private let logger: Logger

  package init(configuration: JobsConfiguration, book: JobBook, context: SessionContext) {
    self.configuration = configuration
    self.book = book
    self.context = context
    logger = context.logger
    volumes = ImageVolumes(
      configuration.settings.imageVolumes, api: context.api, elapsed: context.elapsed, logger: context.logger)
  }

  private var settings: JobSettings { configuration.settings }

  private enum Outcome {
    case settled
    case again
    case later(Duration)
  }

  /// - Parameters:
  ///   - node: nil where there is no such Node.
  ///   - role: what Jobs do on it; nil for nothing.
  /// - Throws: the API's error; the node is to be tried again with back-off.
  package func reconcile(_ name: String, node: Node?, role: JobsRole?) async throws -> Action {
    if node == nil { volumes.forget(name) }
    guard let role, let node else {
      for job in book.pictures(of: name) where !job.isSettled { try await delete(job.key, uid: job.uid) }
      return .settled
    }
    var refusals: [String: FailureText] = [:]
    for _ in 0..<Self.maxAttempts {
      guard context.mayWrite() else { return .settled }
      switch try await attempt(name, node, role, &refusals) {
      case .settled: return .settled
      case .later(let delay): return .requeue(after: delay)
      case .again: continue
      }
    }
    return .requeue(after: Self.busyDelay)
  }

  private func attempt(
    _ name: String, _ node: Node, _ role: JobsRole, _ refusals: inout [String: FailureText]
  ) async throws -> Outcome {
    guard let inventory = await context.engine.inventory(of: name), inventory.spec.nodeUID == node.metadata.uid else {
      return .settled
    }
    let pictures = book.pictures(of: name)
    if role == .beside, pictures.isEmpty, !inventory.isAboutJobs { return .settled }
    let sources = await context.engine.jobSources(of: name)
    let places = book.reserve(NodeJobs.maxPulls, limit: settings.maxSurge)
    defer { book.giveBack(places, limit: settings.maxSurge) }
    let mountsImages = await volumes.areMounted(on: node)
    let now = Timestamp(context.now())
    var generator = SystemRandomNumberGenerator()
    let turn = NodeJobs.decide(
      role: role, inventory: inventory, node: JobsNode(node, mountsImages: mountsImages), jobs: pictures,
      sources: sources, settings: settings,
      version: configuration.version, limits: NodeJobs.Limits(newJobs: places, refusals: refusals), now: now,
      using: &generator)
    if turn.isStalled { volumes.stalled(on: name) }
    for draft in turn.drafts {
      guard context.mayWrite() else { return .settled }
      switch try await make(draft) {
      case .made: continue
      case .withoutVolumes: return .again
      case .refused(let refusal):
        refusals[draft.name] = refusal
        return .again
      }
    }
    var delay = turn.wakeAt.map { max(.milliseconds(50), $0 - now) }
    if places < NodeJobs.maxPulls { delay = min(delay ?? Self.surgeDelay, Self.surgeDelay) }
    if turn.status != nil || turn.note != nil {
      if !turn.isUrgent, turn.drafts.isEmpty, let pause = book.pause(before: name, interval: Self.statusInterval) {
        return .later(min(delay ?? pause, pause))
      }
      guard context.mayWrite() else { return .settled }
      guard try await write(turn, over: inventory) else { return .again }
    }
    for retirement in turn.retirements {
      guard context.mayWrite() else { return .settled }
      try await retire(retirement)
    }
    return delay.map { .later($0) } ?? .settled
  }

  // MARK: Jobs

  private enum Making {
    /// It is there.
    case made
    /// The server wants no such Job.
    case refused(FailureText)
    /// The server doesn't store volumes that are images; they are not to be used from now on.
    case withoutVolumes
  }

  private func make(_ draft: JobDraft) async throws -> Making {
    let job = try JobManifest(draft, settings: settings).job()
    do throws(KubernetesError) {
      let stored = try await context.api.create(job, options: WriteOptions())
      guard JobManifest.keepsImageVolumes(stored) else {
        volumes.refused("the API server left them out of \(draft.name)")
        try await delete(stored.key, uid: stored.metadata.uid ?? "")
        return .withoutVolumes
      }
      book.made(stored)
      logger.info(
        "made a Job",
        metadata: [
          "k8s.job.name": "\(draft.name)", "k8s.namespace.name": "\(draft.namespace)",
          "k8s.node.name": "\(draft.order.node)", "images": "\(draft.order.items.count)",
        ])
      return .made
    } catch {
      if error.isAlreadyExists || error.isAmbiguous {
        guard let found = try await context.api.find(Job.self, name: draft.name, namespace: draft.namespace) else {
          throw error
        }
        // An earlier one that is about to go must be gone first.
        guard found.metadata.deletionTimestamp == nil,
          found.metadata.annotations?[JobOrder.settledAnnotation] == nil
        else { throw error }
        book.made(found)
        return .made
      }
      guard error.isForbidden || error.isInvalid || error.isNotFound || error.code == 400 else { throw error }
      if draft.order.mountsImages == true, error.isInvalid {
        volumes.refused(error.message)
        return .withoutVolumes
      }
      logger.warning(
        "the API server refused a Job", metadata: ["k8s.job.name": "\(draft.name)", "error": "\(error)"])
      return .refused(FailureText(reason: error.isForbidden ? "JobForbidden" : "JobRefused", message: error.message))
    }
  }

  private func retire(_ retirement: JobsTurn.Retirement) async throws {
    guard retirement.isKept else { return try await delete(retirement.key, uid: retirement.uid) }
    var patch: JSONValue = [
      "metadata": ["uid": .string(retirement.uid), "annotations": [JobOrder.settledAnnotation: "true"]]
    ]
    // Nobody waits any more for what it still tries.
    if retirement.isActive { patch["spec"] = ["activeDeadlineSeconds": 1] }
    do throws(KubernetesError) {
      book.made(
        try await context.api.patch(
          Job.self, name: retirement.key.name, namespace: retirement.key.namespace, patch: .merge(patch),
          subresource: nil, options: WriteOptions()))
    } catch {
      guard error.isNotFound || error.isConflict else { throw error }
    }
  }

  private func delete(_ key: ObjectKey, uid: String) async throws(KubernetesError) {
    guard context.mayWrite() else { return }
    do throws(KubernetesError) {
      try await context.api.delete(
        Job.self, name: key.name, namespace: key.namespace,
        options: DeleteOptions(propagation: .background, preconditionUID: uid))
    } catch {
      guard error.isNotFound || error.isConflict else { throw error }
    }
    book.deleted(key, uid: uid)
  }

  // MARK: Results

  /// - Returns: whether they were written; otherwise the object had changed, and the engine knows it as it is now.
  private func write(_ turn: JobsTurn, over inventory: NodeInventory) async throws -> Bool {
    let name = inventory.metadata.name ?? ""
    var desired = inventory
    if let status = turn.status { desired.status = status }
    if let note = turn.note { desired.spec.jobs = note == JobsNote() ? nil : note }
    guard let patch = try DifferencePatch.between(inventory, desired) else { return true }
    do throws(KubernetesError) {
      let written = try await context.api.patch(
        NodeInventory.self, name: name, namespace: nil, patch: .merge(patch),
        subresource: turn.note == nil ? "status" : nil, options: WriteOptions())
      book.wroteStatus(of: name)
      context.route(await context.engine.observe(inventory: name, written))
      return true
    } catch {
      guard error.isConflict || error.isNotFound else { throw error }
      let found = try await context.api.find(NodeInventory.self, name: name)
      var removed: Set<String> = []
      if let old = inventory.metadata.uid, found?.metadata.uid != old { removed.insert(old) }
      context.route(await context.engine.observe(inventory: name, found, removed: removed))
      return false
    }
  }
}

extension NodeInventory {
  /// Whether there is anything for Jobs beside the node's agent.
  fileprivate var isAboutJobs: Bool {
    spec.jobs != nil || (spec.images ?? [:]).values.contains { $0.effectiveExecutor == .jobs }
      || (spec.grants ?? []).contains { $0.executor == .jobs }
  }
}
