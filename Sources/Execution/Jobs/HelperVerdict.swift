import ContainerRuntime
import KubernetesClient

/// What a Job reports that speaks to the runtime.
struct HelperVerdict {
  /// What was said of one image.
  struct Item {
    /// The digest, or nothing known of it; nil where the image isn't there.
    var present: String?
    var removal: JobReport.Removal?
  }

  enum Outcome {
    case pending
    /// By the order's items; what nothing was said of is missing.
    case reports([Int: Item])
    case failed(FailureText)
  }

  private(set) var outcome = Outcome.pending
  private(set) var wakeAt: Timestamp?

  init(of job: JobPicture, now: Timestamp) {
    let shares = JobManifest.shares(job.order.items.count)
    for pod in job.pods {
      if let outcome = Self.outcome(of: pod, shares: shares) {
        self.outcome = outcome
        return
      }
    }
    // The same troubles as those of Jobs that pull, and nothing of theirs takes long.
    let whole = JobVerdict(pulling: job, deadline: .seconds(120), now: now)
    wakeAt = whole.wakeAt
    if let failure = whole.failure { outcome = .failed(failure) }
    if case .failed(let text)? = whole.outcomes.first(where: { $0 != .pending && $0 != .returned }) {
      outcome = .failed(text)
    }
    // The news of its pod may come later than the Job's.
    if case .pending = outcome, whole.isSettled, job.pods.allSatisfy(\.isOver) {
      outcome = .failed(FailureText(reason: "PodLost", message: "the Job ended, and its pod is gone"))
    }
  }

  /// Nil while a container hasn't ended.
  private static func outcome(of pod: Pod, shares: [Range<Int>]) -> Outcome? {
    var items: [Int: Item] = [:]
    for (index, share) in shares.enumerated() {
      let name = JobManifest.helper(index)
      guard let status = pod.status?.containerStatuses?.first(where: { $0.name == name }) else { return nil }
      if let waiting = status.state?.waiting, let reason = waiting.reason,
        reason.contains("Image") || reason.hasSuffix("Error")
      {
        return .failed(JobVerdict.text(reason, waiting.message))
      }
      guard let terminated = status.state?.terminated else { return nil }
      guard let report = terminated.message.flatMap({ JobReport(text: $0) }) else {
        let words = terminated.message ?? "exit code \(terminated.exitCode ?? -1)"
        return .failed(
          FailureText(reason: terminated.reason ?? "Error", message: MessageScrubber.scrub(words)))
      }
      if let error = report.error {
        return .failed(FailureText(reason: "RuntimeUnavailable", message: MessageScrubber.scrub(error)))
      }
      for place in share {
        let local = place - share.lowerBound
        items[place] = Item(present: report.present?[local], removal: report.removals?[local])
      }
    }
    return .reports(items)
  }
}
