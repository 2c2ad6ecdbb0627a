import KubernetesClient
import KubernetesRuntime
import OCI
import Planning
import SwiftletAPI

/// Puts what the planner counts for an ImageCache into its status, in kube-fledged's words and in conditions.
struct ImageCacheStatusComposer {
  private static let maxMessage = 1024
  private static let maxFailureMessage = 256

  let cache: ImageCache
  let progress: ImageCacheProgress

  func status(now: Timestamp) -> ImageCacheStatus {
    let old = cache.status ?? ImageCacheStatus()
    var status = old
    if cache.isFromKubeFledged { status.adoptedAt = now.wholeSeconds }
    if cache.wasPurgedByKubeFledged { status.purgedGeneration = cache.metadata.generation }
    status.observedGeneration = cache.metadata.generation
    if let request = newRequest(now: now) {
      // Carried out once it is noted: what the planner says now isn't an answer to it.
      status.request = request
      status.purgedGeneration = nil
      if request.kind == .refresh { status.refreshedAt = request.at }
      status.reason = (request.kind == .purge ? ImageCacheReason.purge : .refresh).rawValue
      begin(&status, now: now)
      status.message = request.kind == .purge ? "The images are being removed" : "The images are being refreshed"
      setConditions(&status, nil, now: now)
      return status
    }
    count(&status)
    if cache.isPurged {
      setConditions(&status, nil, now: now)
      return status
    }
    let outcome = progress.outcome(now: now)
    status.reason = reason(old, isOver: outcome != nil).rawValue
    let phase = phase(outcome, old)
    if phase == .processing {
      if old.status != ImageCachePhase.processing.rawValue || old.observedGeneration != cache.metadata.generation {
        begin(&status, now: now)
      }
      status.message = words(outcome).bounded(to: Self.maxMessage)
    } else {
      // Another look at what failed before isn't a new result.
      let isNew = old.status != phase.rawValue || old.observedGeneration != cache.metadata.generation
      if isNew || old.request != nil || old.completionTime == nil { status.completionTime = now.wholeSeconds }
      status.startTime = status.startTime ?? now.wholeSeconds
      status.status = phase.rawValue
      status.message = words(outcome).bounded(to: Self.maxMessage)
      if old.request?.kind == .purge { status.purgedGeneration = cache.metadata.generation }
      status.request = nil
      if !cache.problems.isEmpty, old.request?.kind != .purge {
        status.reason = ImageCacheReason.invalidSpec.rawValue
      }
    }
    setConditions(&status, outcome, now: now)
    return status
  }

  /// What an annotation asks for and the status doesn't say yet. A purge goes before a refresh that was asked for.
  private func newRequest(now: Timestamp) -> ImageCacheRequest? {
    guard !cache.isDeleted else { return nil }
    let current = cache.status?.request?.kind
    let annotations = cache.metadata.annotations ?? [:]
    if annotations[ImageCacheAnnotation.purge] != nil {
      return current == .purge ? nil : ImageCacheRequest(kind: .purge, at: now)
    }
    guard annotations[ImageCacheAnnotation.refresh] != nil, current == nil else { return nil }
    return ImageCacheRequest(kind: .refresh, at: now)
  }

  private func begin(_ status: inout ImageCacheStatus, now: Timestamp) {
    status.status = ImageCachePhase.processing.rawValue
    status.startTime = now.wholeSeconds
    status.completionTime = nil
  }

  private func count(_ status: inout ImageCacheStatus) {
    status.pairs = PairCounts(progress.pairs)
    status.nodes = ReadyCounts(
      desired: progress.nodes.desired, ready: progress.nodes.ready, unreachable: progress.nodes.unreachable)
    status.images = ReadyCounts(desired: progress.images.desired, ready: progress.images.ready)
    status.progress = "\(progress.pairs.present)/\(progress.pairs.desired)"
    // What a purge left stays named until something else is asked for.
    if cache.isPurged { return }
    var failures: [String: [ImageCacheFailure]] = [:]
    for pair in progress.failing {
      failures[written[pair.image] ?? pair.image.normalized, default: []].append(
        ImageCacheFailure(
          node: pair.node, reason: pair.reason, message: (pair.message ?? "").bounded(to: Self.maxFailureMessage)))
    }
    status.failures = failures.isEmpty ? nil : failures
  }

  /// The images as the spec writes them, which is how kube-fledged names them.
  private var written: [ImageKey: String] {
    var names: [ImageKey: String] = [:]
    for text in cache.spec.lists.flatMap({ $0.images ?? [] }) {
      guard let key = ImageCacheFrontEnd.reference(text).map({ ResolvedImage(unresolved: $0).key }), names[key] == nil
      else { continue }
      names[key] = text
    }
    return names
  }

  private func reason(_ old: ImageCacheStatus, isOver: Bool) -> ImageCacheReason {
    if let request = old.request { return request.kind == .purge ? .purge : .refresh }
    let known = old.reason.flatMap(ImageCacheReason.init(rawValue:))
    guard let seen = old.observedGeneration else { return cache.isFromKubeFledged ? known ?? .refresh : .create }
    if seen != cache.metadata.generation { return .update }
    // What was there before is missing somewhere: a new node, or an image that somebody removed.
    let wasComplete = old.status == ImageCachePhase.succeeded.rawValue
    if !isOver, wasComplete { return .refresh }
    if known == .invalidSpec || known == nil { return .update }
    return known ?? .update
  }

  private func phase(_ outcome: ImageCacheProgress.Outcome?, _ old: ImageCacheStatus) -> ImageCachePhase {
    let isPurge = old.request?.kind == .purge
    switch outcome {
    case nil:
      // New attempts at what failed don't make a failure a success, nor do they start anew.
      let wasFailed = old.status == ImageCachePhase.failed.rawValue
      let isSame = old.observedGeneration == cache.metadata.generation && old.request == nil && !cache.isDeleted
      return wasFailed && isSame && progress.pairs.failed + progress.pairs.pulling > 0 ? .failed : .processing
    case .nothing: return cache.problems.isEmpty || isPurge ? .nothingDone : .failed
    case .complete: return cache.problems.isEmpty || isPurge ? .succeeded : .failed
    case .failing, .overdue: return .failed
    }
  }

  // MARK: Words

  private func words(_ outcome: ImageCacheProgress.Outcome?) -> String {
    let pairs = progress.pairs
    var parts: [String] = []
    let isRemoval = cache.isDeleted || cache.status?.request?.kind == .purge
    switch outcome {
    case .nothing:
      parts.append(
        cache.spec.lists.allSatisfy { ($0.images ?? []).isEmpty }
          ? "No images are named: nothing to do" : "No node has the labels that are asked for, or no image can be used")
    case _ where isRemoval:
      let gone = pairs.present
      parts.append("\(gone) of \(pairs.desired) images are gone from \(plural(progress.nodes.desired, "node"))")
      if pairs.failed > 0 { parts.append("\(pairs.failed) stay: \(reasons)") }
      if outcome == .overdue { parts.append("the rest goes when its nodes can be reached") }
    default:
      parts.append("\(pairs.present) of \(pairs.desired) images are on \(plural(progress.nodes.desired, "node"))")
      if pairs.failed > 0 { parts.append("\(pairs.failed) failing: \(reasons)") }
      if progress.statuses.contains(where: \.isPausedEverywhere) {
        parts.append("the cluster is paused (ConfigMap \(ClusterPause.name))")
      }
      let empty = progress.statuses.count { $0.reason == .noMatchingNodes }
      if empty > 0 { parts.append("\(empty) of \(progress.statuses.count) node selectors pick no node") }
    }
    let unreachable = progress.statuses.flatMap(\.unreachable)
    if progress.nodes.unreachable > 0 {
      let names = unreachable.prefix(DemandStatus.maxExamples).map { "\($0.name) (\($0.reason.rawValue))" }
      let away = plural(progress.nodes.unreachable, "node")
      parts.append("\(away) can't be worked on now: \(names.joined(separator: ", "))")
    }
    let problems = cache.problems
    if !problems.isEmpty { parts.append("left out: \(problems.summary(limit: 512))") }
    return parts.joined(separator: "; ")
  }

  private var reasons: String {
    var counts: [String: Int] = [:]
    for group in progress.statuses.flatMap(\.failures) { counts[group.reason, default: 0] += group.count }
    return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) x\($0.value)" }
      .joined(separator: ", ")
  }

  private func setConditions(
    _ status: inout ImageCacheStatus, _ outcome: ImageCacheProgress.Outcome?, now: Timestamp
  ) {
    let phase = status.status.flatMap(ImageCachePhase.init(rawValue:)) ?? .unknown
    let isPurge = status.request?.kind == .purge || status.purgedGeneration == cache.metadata.generation
    let isReady = phase == .succeeded && !isPurge && !cache.isDeleted
    let isWorking = phase == .processing
    let isFailing = phase == .failed
    let reason = status.reason ?? phase.rawValue
    let message = status.message ?? ""
    var conditions = status.conditions ?? []
    for (type, holds, word) in [
      ("Ready", isReady, isReady ? "AllPresent" : isPurge ? "Purged" : phase.rawValue),
      ("Progressing", isWorking, isWorking ? reason : phase.rawValue),
      ("Degraded", isFailing, isFailing ? reason : "AsExpected"),
    ] {
      conditions.set(
        type: type, status: holds ? .yes : .no, reason: word, message: type == "Degraded" && !holds ? "" : message,
        observedGeneration: cache.metadata.generation, now: now)
    }
    status.conditions = conditions
  }
}
