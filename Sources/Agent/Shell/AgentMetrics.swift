import ContainerRuntime
import KubernetesClient
import Metrics
import SwiftletAPI

/// Every metric of the agent. Labels have few values, all known beforehand.
struct AgentMetrics: Sendable {
  enum Result: String, CaseIterable, Sendable {
    case success, failure, cancelled
  }

  private let pulls: [String: Counter]
  private let pullSeconds = Timer(label: "swiftlet_agent_pull_seconds")
  private let pullBytes = Counter(label: "swiftlet_agent_pull_bytes_total")
  private let removals: [String: Counter]
  private let images: [NodeImage.State: Gauge]
  private let runtimeUp = Gauge(label: "swiftlet_agent_runtime_up")
  private let lists = Counter(label: "swiftlet_agent_runtime_lists_total")
  private let statusWrites: [String: Counter]
  private let ledgerFailures = Counter(label: "swiftlet_agent_ledger_failures_total")

  init() {
    var pulls: [String: Counter] = [:]
    func counter(_ result: Result, _ reason: String) {
      pulls[Self.key(result, reason)] = Counter(
        label: "swiftlet_agent_pulls_total", dimensions: [("result", result.rawValue), ("reason", reason)])
    }
    counter(.success, "")
    counter(.cancelled, "")
    for reason in PullFailureReason.allCases { counter(.failure, reason.rawValue) }
    self.pulls = pulls
    images = Dictionary(
      uniqueKeysWithValues: NodeImage.State.allCases.map {
        ($0, Gauge(label: "swiftlet_agent_images", dimensions: [("state", $0.rawValue)]))
      })
    func byResult(_ label: String) -> [String: Counter] {
      Dictionary(
        uniqueKeysWithValues: [Result.success, .failure].map {
          ($0.rawValue, Counter(label: label, dimensions: [("result", $0.rawValue)]))
        })
    }
    removals = byResult("swiftlet_agent_removals_total")
    statusWrites = byResult("swiftlet_agent_status_writes_total")
    for counter in pulls.values { counter.increment(by: 0) }
    for counter in removals.values { counter.increment(by: 0) }
    for counter in statusWrites.values { counter.increment(by: 0) }
    for gauge in images.values { gauge.record(0) }
    pullBytes.increment(by: 0)
    lists.increment(by: 0)
    ledgerFailures.increment(by: 0)
    runtimeUp.record(0)
  }

  private static func key(_ result: Result, _ reason: String) -> String { "\(result.rawValue)/\(reason)" }

  /// Counts what an event says; `pull` is the one that it is about.
  func count(_ event: AgentEvent, pull: RunningPull?, now: Timestamp) {
    switch event {
    case .pullEnded(_, let id, let outcome):
      guard let pull, pull.id == id, outcome != .foundThere else { return }
      let error = outcome.error
      let result: Result = error == nil ? .success : (error?.isCancelled ?? false) ? .cancelled : .failure
      let reason = result == .failure ? (error?.reason ?? .other).rawValue : ""
      pulls[Self.key(result, reason)]?.increment()
      guard result == .success else { return }
      pullSeconds.recordMicroseconds(max(0, now.microseconds - pull.startedAt.microseconds))
      pullBytes.increment(by: Int64(clamping: pull.progress?.transferredBytes ?? 0))
    case .removalEnded(_, let error): removals[Self.result(error == nil)]?.increment()
    case .imagesListed, .listFailed: lists.increment()
    case .statusWritten: statusWrites[Self.result(true)]?.increment()
    case .statusFailed: statusWrites[Self.result(false)]?.increment()
    case .ledgerSaved(_, let failure): if failure != nil { ledgerFailures.increment() }
    default: break
    }
  }

  private static func result(_ isSuccess: Bool) -> String { (isSuccess ? Result.success : .failure).rawValue }

  func observe(isRuntimeUp: Bool) { runtimeUp.record(isRuntimeUp ? 1 : 0) }

  /// How many images a status shows in which state.
  func observe(_ status: NodeInventoryStatus) {
    var counts: [NodeImage.State: Int] = [:]
    for image in (status.images ?? [:]).values { counts[image.state, default: 0] += 1 }
    for (state, gauge) in images { gauge.record(counts[state] ?? 0) }
  }
}
