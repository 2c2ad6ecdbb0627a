import ContainerRuntime
package import KubernetesClient

/// What a Job and its pods say of each of the Job's images, and whether the Job as a whole can still come to anything.
///
/// Read from the statuses of containers only: events may be missing, merged or late.
package struct JobVerdict: Sendable, Hashable {
  package enum Outcome: Sendable, Hashable {
    case pending
    /// It is there; its manifest's digest or its ID where the kubelet says so.
    case present(digest: String?, id: String?)
    case failed(FailureText)
    /// Nothing is known, through no fault of its own: it goes into another Job.
    case returned
  }

  /// How long a Job may be without a pod, and a pod without a kubelet that takes it on.
  package static let podDeadline = Duration.seconds(60)
  /// How much later than a Job's the news of its pod may come.
  static let newsDelay = Duration.seconds(10)

  static let noPod = "NoPod"

  /// By the order's items.
  package internal(set) var outcomes: [Outcome]
  /// The whole Job came to nothing for this reason, for those items that have no result.
  package internal(set) var failure: FailureText?
  /// Images are to be mounted, and neither is it done, nor does the kubelet say of an image why.
  package internal(set) var isStalled = false
  /// When time alone will change the verdict.
  package internal(set) var wakeAt: Timestamp?

  package var isSettled: Bool { !outcomes.contains(.pending) }

  /// Somebody else knows better.
  ///
  /// - Parameter time: when to look again at the latest.
  mutating func change(_ index: Int, to outcome: Outcome, until time: Timestamp? = nil) {
    outcomes[index] = outcome
    if let time { wakeAt = min(wakeAt ?? time, time) }
  }

  /// For Jobs that pull.
  package init(pulling job: JobPicture, deadline: Duration, now: Timestamp) {
    outcomes = job.order.items.map { _ in .pending }
    if job.order.mountsImages == true {
      judgeMounts(of: job, deadline: deadline, now: now)
    } else {
      judgeContainers(of: job, deadline: deadline, now: now)
    }
  }

  private mutating func judgeContainers(of job: JobPicture, deadline: Duration, now: Timestamp) {
    outcomes = job.order.items.indices.map { Self.outcome($0, of: job) }
    guard !isSettled else { return }
    if let ending = job.ending, ending.type == "Complete" {
      // The news of its pod may come later than the Job's, and tells what the images are.
      let end = (ending.lastTransitionTime ?? job.createdAt) + Self.newsDelay
      if now < end, job.pods.contains(where: { !$0.isOver && $0.metadata.deletionTimestamp == nil }) {
        wakeAt = end
        return
      }
      // All containers ended with 0, although the pods that say so are gone.
      outcomes = outcomes.map { $0 == .pending ? .present(digest: nil, id: nil) : $0 }
      return
    }
    failure = Self.failure(of: job, now: now)
    if let failure {
      outcomes = outcomes.map { $0 == .pending ? .failed(failure) : $0 }
      return
    }
    checkProgress(of: job, deadline: deadline, now: now)
  }

  // MARK: One image

  private static func outcome(_ index: Int, of job: JobPicture) -> Outcome {
    var best = Outcome.pending
    for pod in job.pods {
      switch outcome(index, job.order.items[index].image, in: pod) {
      case .present(let digest, let id): return .present(digest: digest, id: id)
      case .failed(let text): best = .failed(text)
      case .pending, .returned: break
      }
    }
    return best
  }

  static func rewritten(_ image: String) -> FailureText {
    FailureText(reason: "ImageRewritten", message: "the cluster's admission made the pod use \(image) instead")
  }

  private static func outcome(_ index: Int, _ image: String, in pod: Pod) -> Outcome {
    let name = JobManifest.container(index)
    if let real = pod.spec?.containers?.first(where: { $0.name == name })?.image, real != image {
      return .failed(rewritten(real))
    }
    guard let status = pod.status?.containerStatuses?.first(where: { $0.name == name }) else { return .pending }
    let identity = ImageIdentity(status.imageID ?? "")
    let present = Outcome.present(digest: identity.digest, id: identity.id)
    if let terminated = status.state?.terminated {
      return terminated.reason == "ContainerStatusUnknown" && identity.isUnknown ? .pending : present
    }
    if status.state?.running != nil { return present }
    guard let waiting = status.state?.waiting, let reason = waiting.reason, !reason.isEmpty else { return .pending }
    if Self.isEarly(reason) { return .pending }
    // A container is only made once its image is there.
    if Self.comesAfterPull.contains(reason) { return present }
    return .failed(text(reason, waiting.message))
  }

  static func isEarly(_ reason: String) -> Bool { ["ContainerCreating", "PodInitializing"].contains(reason) }

  private static let comesAfterPull: Set<String> = [
    "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "CrashLoopBackOff", "PreCreateHookError",
    "PreStartHookError", "PostStartHookError", "StartError",
  ]

  /// The kubelet's reason and message; the reason in the words that agents use, where it can be told.
  static func text(_ reason: String, _ message: String?) -> FailureText {
    let scrubbed = MessageScrubber.scrub(message ?? "")
    let known = PullFailureReason(kubeletMessage: message ?? "")
    let words = scrubbed.isEmpty ? reason : "\(reason): \(scrubbed)"
    return FailureText(reason: known == .other ? reason : known.rawValue, message: words)
  }

  // MARK: The whole Job

  static func failure(of job: JobPicture, now: Timestamp) -> FailureText? {
    let live = job.pods.filter { $0.metadata.deletionTimestamp == nil }
    for pod in job.pods where pod.status?.phase == "Failed" {
      guard let reason = pod.status?.reason, !reason.isEmpty else { continue }
      return FailureText(reason: reason, message: MessageScrubber.scrub(pod.status?.message ?? "the pod failed"))
    }
    if let ending = job.ending, live.allSatisfy(\.isOver) {
      let isLate = ending.reason == "DeadlineExceeded"
      return FailureText(
        reason: isLate ? PullFailureReason.timeout.rawValue : "PodLost",
        message: "the Job ended without a result: \(MessageScrubber.scrub(ending.message ?? ending.reason ?? ""))")
    }
    if live.count > 1 {
      return FailureText(reason: "TwoPods", message: "the Job has \(live.count) pods at the same time")
    }
    guard let pod = live.first else {
      guard job.pods.isEmpty, now - job.createdAt >= podDeadline else { return nil }
      return FailureText(
        reason: noPod,
        message: "the Job got no pod: a quota or an admission policy may forbid it; the events there say")
    }
    return failure(of: pod, createdAt: job.createdAt, now: now)
  }

  private static func failure(of pod: Pod, createdAt: Timestamp, now: Timestamp) -> FailureText? {
    for status in pod.status?.initContainerStatuses ?? [] {
      if let waiting = status.state?.waiting, let reason = waiting.reason, !isEarly(reason), !reason.isEmpty {
        let text = text(reason, waiting.message)
        return FailureText(reason: "StarterUnavailable", message: "the starter's image: \(text.message ?? text.reason)")
      }
      if let code = status.state?.terminated?.exitCode, code != 0 {
        return FailureText(reason: "StarterUnavailable", message: "the starter ended with \(code)")
      }
    }
    guard pod.status?.startTime == nil, now - createdAt >= podDeadline else { return nil }
    let condition = pod.status?.conditions?.first { $0.type == "PodScheduled" }
    return FailureText(
      reason: condition?.reason ?? "PodNotStarted",
      message: MessageScrubber.scrub(condition?.message ?? "no kubelet took the Job's pod on"))
  }

  // MARK: Progress

  /// A pod's images are pulled one after the other, so the first one without a result is the one that takes long.
  private mutating func checkProgress(of job: JobPicture, deadline: Duration, now: Timestamp) {
    let live = job.pods.first { $0.metadata.deletionTimestamp == nil }
    guard let start = live?.status?.startTime else {
      wakeAt = job.createdAt + Self.podDeadline
      return
    }
    let statuses = (live?.status?.initContainerStatuses ?? []) + (live?.status?.containerStatuses ?? [])
    let last = statuses.compactMap { $0.state?.lastTime }.max().map { max($0, start) } ?? start
    guard now - last >= deadline else {
      wakeAt = last + deadline
      return
    }
    let hasBegun = live?.status?.initContainerStatuses?.allSatisfy { $0.state?.terminated != nil } ?? false
    guard hasBegun, let first = outcomes.firstIndex(of: .pending) else {
      let text = FailureText(
        reason: PullFailureReason.timeout.rawValue,
        message: "the Job's pod didn't begin within \(GoDuration.format(deadline))")
      failure = text
      outcomes = outcomes.map { $0 == .pending ? .failed(text) : $0 }
      return
    }
    outcomes = outcomes.map { $0 == .pending ? .returned : $0 }
    outcomes[first] = .failed(
      FailureText(
        reason: PullFailureReason.timeout.rawValue,
        message: "the kubelet had no result within \(GoDuration.format(deadline))"))
  }
}

extension Pod {
  var isOver: Bool { ["Succeeded", "Failed"].contains(status?.phase) }
}

extension ContainerState {
  var lastTime: Timestamp? {
    [running?.startedAt, terminated?.finishedAt, terminated?.startedAt].compactMap { $0 }.max()
  }
}
