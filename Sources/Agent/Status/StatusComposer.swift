import ContainerRuntime
import Execution
package import KubernetesClient
import KubernetesRuntime
import OCI
package import SwiftletAPI

/// Turns the agent's state into the status that it publishes. Pure, and bounded: no more images than planned and
/// in the ledger, no message longer than `FailureText.messageLimit`.
package struct StatusComposer {
  package static let ledgerCondition = "LedgerIntact"
  /// There while fewer images are pinned than asked for.
  package static let pinsCondition = "PinsLimited"
  /// There while nothing is pulled because the node's disk is short.
  package static let diskCondition = "DiskPressure"

  private let state: AgentState
  private let plan: AgentPlan
  private let now: Timestamp

  package init(_ state: AgentState, plan: AgentPlan, now: Timestamp) {
    self.state = state
    self.plan = plan
    self.now = now
  }

  /// Whether two statuses say the same. The numbers of the file system don't count: they change all the time and go
  /// along with what does.
  package static func saysTheSame(_ left: NodeInventoryStatus, _ right: NodeInventoryStatus) -> Bool {
    var left = left
    var right = right
    left.filesystem = nil
    right.filesystem = nil
    return left == right
  }

  /// - Parameter previous: what was published last, for the times in conditions, and for the images while the
  ///   runtime never answered: unknown isn't none.
  package func compose(previous: NodeInventoryStatus) -> NodeInventoryStatus {
    var status = NodeInventoryStatus()
    status.observedGeneration = plan.generation
    status.nodeUID = plan.nodeUID
    status.agentVersion = state.version
    status.runtime = runtime ?? previous.runtime
    status.filesystem = filesystem ?? previous.filesystem
    let images = Self.withinMessageBudget(images(previous: previous))
    status.images = images.isEmpty ? nil : images
    status.progress = NodeInventory.progress(planned: plan.images.mapValues(\.planned), images: images)
    status.released = state.grants.released.isEmpty ? nil : state.grants.released.sorted()
    status.conditions = conditions(previous: previous.conditions ?? [])
    return status
  }

  // MARK: Images

  /// How many bytes of messages a status has in all: with a thousand failing images it is the reasons that help, and an
  /// example or two of each, not a thousand copies of a text.
  package static let messageBudget = 32_768
  private static let examplesPerReason = 3

  /// Keeps messages, in the order of the names, until the budget is used up; the first of each reason come before others.
  private static func withinMessageBudget(_ images: [String: NodeImage]) -> [String: NodeImage] {
    let explained = images.filter { $0.value.message != nil }
    guard explained.values.reduce(0, { $0 + ($1.message?.utf8.count ?? 0) }) > messageBudget else { return images }
    var seen: [String: Int] = [:]
    var examples: [String] = []
    var others: [String] = []
    for name in explained.keys.sorted() {
      let reason = explained[name]?.reason ?? ""
      seen[reason, default: 0] += 1
      if seen[reason, default: 0] <= examplesPerReason { examples.append(name) } else { others.append(name) }
    }
    var images = images
    var left = messageBudget
    for name in examples + others {
      let cost = explained[name]?.message?.utf8.count ?? 0
      if cost <= left { left -= cost } else { images[name]?.message = nil }
    }
    return images
  }

  private func images(previous: NodeInventoryStatus) -> [String: NodeImage] {
    var images: [String: NodeImage] = [:]
    for wanted in plan.images.values {
      images[wanted.name] = state.observed == nil ? unobserved(wanted, previous) : planned(wanted)
    }
    let leftovers = state.ledger.ledger.images
      .filter { plan.images[$0.key] == nil && $0.value.isOurs }
      .sorted { $0.key < $1.key }
    for (name, entry) in leftovers {
      guard images.count < NodeInventoryStatus.maxImages else { break }
      images[name] = state.observed == nil ? previous.images?[name] : nil
      images[name] = images[name] ?? leftover(name, entry)
    }
    return images
  }

  /// While the runtime never answered, what was known stays.
  private func unobserved(_ wanted: WantedImage, _ previous: NodeInventoryStatus) -> NodeImage {
    if let image = previous.images?[wanted.name], image.state != .pulling { return image }
    var image = NodeImage(state: .waiting)
    explain(&image, RuntimeWords.unavailable)
    image.retryAt = state.health.retryAt
    return image
  }

  private func planned(_ wanted: WantedImage) -> NodeImage {
    let record = state.records[wanted.name] ?? ImageRecord()
    let isUnverified = record.verification != nil && !state.health.isLongDown(now: now)
    let pull = state.running[wanted.name] ?? (isUnverified ? record.verification?.pull : nil)
    let entry = state.ledger[wanted.name]
    var image: NodeImage
    if let there = state.observed?[name: wanted.name] {
      image = present(there, wanted.name)
      image.origin = entry.map { $0.isIntended == true ? .found : $0.origin } ?? .found
      image.checkedAt = entry?.checkedAt
      if pull != nil && record.verification == nil {
        explain(&image, FailureText(reason: "Refreshing"))
      } else if wanted.isStale(checkedAt: entry?.checkedAt), state.pressure.isActive {
        explain(&image, ImageRecord.diskPressure)
        image.retryAt = [record.retryAt, state.pressure.retryAt].compactMap { $0 }.max()
      } else if wanted.isStale(checkedAt: entry?.checkedAt), wanted.isLeftToJobs {
        let isReady = state.awaitsJob(wanted, now: now)
        explain(&image, FailureText(reason: isReady ? NodeImage.awaitsJobReason : "Stale"))
      } else if wanted.isStale(checkedAt: entry?.checkedAt) {
        explain(&image, record.failure ?? FailureText(reason: "Stale"))
        image.retryAt = record.failure == nil ? nil : record.retryAt
      }
    } else if pull != nil {
      image = NodeImage(state: .pulling)
      // What the attempt before came to.
      if let failure = record.failure { explain(&image, failure) }
    } else if let problem = wanted.problem {
      image = NodeImage(state: .failed)
      explain(&image, problem)
    } else if state.pressure.isActive, !plan.isPaused, !wanted.isHeld {
      image = NodeImage(state: .waiting)
      explain(&image, ImageRecord.diskPressure)
      image.retryAt = [record.retryAt, state.pressure.retryAt].compactMap { $0 }.max()
    } else if let failure = record.failure, !wanted.isLeftToJobs {
      image = NodeImage(state: .failed)
      explain(&image, failure)
      image.retryAt = record.retryAt
    } else {
      image = waiting(wanted, record)
    }
    if let progress = pull?.progress { show(progress, &image) }
    image.attempts = record.attempts > 0 && !wanted.isLeftToJobs ? record.attempts : nil
    image.retention = wanted.retention
    return image
  }

  private func waiting(_ wanted: WantedImage, _ record: ImageRecord) -> NodeImage {
    var image = NodeImage(state: .waiting)
    if plan.isPaused {
      explain(&image, FailureText(reason: "Paused"))
    } else if wanted.isHeld {
      explain(&image, FailureText(reason: "Held"))
    } else if state.health.isLongDown(now: now) {
      explain(&image, RuntimeWords.unavailable)
      image.retryAt = state.health.retryAt
    } else if state.awaitsJob(wanted, now: now) {
      explain(&image, FailureText(reason: NodeImage.awaitsJobReason))
    } else if record.isMissing {
      explain(&image, ImageRecord.missing)
    }
    return image
  }

  private func leftover(_ name: String, _ entry: LedgerEntry) -> NodeImage {
    let record = state.removals[name]
    var image = state.observed?[name: name].map { present($0, name) } ?? NodeImage(state: .present)
    let current = state.removals.current
    if current?.name == name || current?.names.contains(name) == true || record?.awaitedList != nil {
      image.state = .removing
    } else if let failure = record?.failure {
      explain(&image, failure)
      image.retryAt = record?.retryAt
      image.attempts = record?.attempts
    }
    image.origin = entry.origin
    image.retention = entry.retention
    image.checkedAt = entry.checkedAt
    return image
  }

  private func present(_ there: RuntimeImage, _ name: String) -> NodeImage {
    var image = NodeImage(state: .present)
    image.id = there.id
    image.sizeBytes = Int64(clamping: there.size)
    image.pinned = state.health.offers(.pins) ? there.pinned : nil
    do {
      image.digest = try there.digest(for: ImageReference(parsing: name))?.description
    } catch {
      image.digest = nil
    }
    return image
  }

  private func explain(_ image: inout NodeImage, _ text: FailureText) {
    image.reason = text.reason
    image.message = text.message
  }

  /// In steps of a hundredth, or of a mebibyte where the whole isn't known.
  private func show(_ progress: PullProgress, _ image: inout NodeImage) {
    let mebibyte: UInt64 = 1 << 20
    let total = progress.totalBytes ?? 0
    let step = total > 0 ? max(total / 100, 1) : mebibyte
    let isWhole = total > 0 && progress.transferredBytes >= total
    let transferred = isWhole ? total : progress.transferredBytes / step * step
    image.transferredBytes = Int64(clamping: transferred)
    image.totalBytes = progress.totalBytes.map { Int64(clamping: $0) }
  }

  // MARK: The rest

  private var runtime: RuntimeStatus? {
    guard let information = state.health.information else { return nil }
    var runtime = RuntimeStatus()
    runtime.name = information.name
    runtime.version = information.version
    runtime.endpoint = information.endpoint
    runtime.features = information.features.map(\.rawValue).sorted()
    return runtime
  }

  private var filesystem: FilesystemStatus? {
    guard let observed = state.filesystem else { return nil }
    var filesystem = FilesystemStatus()
    filesystem.path = observed.mountpoint
    filesystem.capacityBytes = observed.capacityBytes.map { Int64(clamping: $0) }
    filesystem.availableBytes = observed.availableBytes.map { Int64(clamping: $0) }
    return filesystem
  }

  private func conditions(previous: [Condition]) -> [Condition]? {
    let type = NodeInventoryStatus.runtimeReadyCondition
    let known = [type, Self.ledgerCondition, Self.pinsCondition, Self.diskCondition]
    var conditions = previous.filter { known.contains($0.type) }
    if !state.health.isLongDown(now: now) {
      // A restart that takes a moment isn't worth a write.
      if state.health.isUp || conditions.condition(type) == nil {
        conditions.set(type: type, status: .yes, reason: "Answering", now: now)
      }
    } else if case .down(_, let failure) = state.health.state {
      let text = failure ?? RuntimeWords.unavailable
      conditions.set(type: type, status: .no, reason: text.reason, message: text.message ?? "", now: now)
    }
    if let problem = state.ledger.failure ?? state.ledgerProblem {
      conditions.set(
        type: Self.ledgerCondition, status: .no, reason: "Unusable", message: FailureText.bounded(problem), now: now)
    } else {
      conditions.remove(type: Self.ledgerCondition)
    }
    tellOfDisk(&conditions)
    return conditions.isEmpty ? nil : conditions
  }

  private func tellOfDisk(_ conditions: inout [Condition]) {
    if let cause = state.pressure.cause {
      let message =
        switch cause {
        case .reported: "the Node has the condition DiskPressure"
        case .used(let percent):
          "\(percent) % of the image file system are in use, more than \(state.disk.limits.maxUsedPercent) %"
        }
      conditions.set(
        type: Self.diskCondition, status: .yes, reason: cause == .reported ? "Reported" : "FileSystemFull",
        message: message, now: now)
    } else {
      conditions.remove(type: Self.diskCondition)
    }
    // Before the runtime was ever asked, what was said last stays.
    guard let choice = state.pinChoice, state.health.information != nil else { return }
    let wanted = choice.chosen.count + choice.leftOut
    let given = choice.chosen.count { state.pressure.unpinned.contains($0.id) }
    if !state.health.offers(.pins) {
      conditions.remove(type: Self.pinsCondition)
    } else if given > 0 {
      let message = "\(given + choice.leftOut) of \(wanted) pins are given up while the disk is short"
      conditions.set(type: Self.pinsCondition, status: .yes, reason: "DiskPressure", message: message, now: now)
    } else if choice.leftOut > 0 {
      let message = "\(choice.leftOut) of \(wanted) images aren't pinned: pins take less than half of the disk"
      conditions.set(type: Self.pinsCondition, status: .yes, reason: "HalfOfDisk", message: message, now: now)
    } else {
      conditions.remove(type: Self.pinsCondition)
    }
  }
}

/// What the status says of a runtime that doesn't answer.
enum RuntimeWords {
  static let unavailable = FailureText(reason: "RuntimeUnavailable", message: "the container runtime doesn't answer")
}
