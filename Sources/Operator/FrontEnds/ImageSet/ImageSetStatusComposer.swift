package import KubernetesClient
import KubernetesRuntime
package import Planning
package import SwiftletAPI

/// Puts what the planner counts for a set into the set's status.
package struct ImageSetStatusComposer: Sendable {
  /// The longest message of a condition, in characters.
  static let maxMessage = 1024

  private let set: ImageSet
  private let demand: DemandStatus
  private let problems: [ValidationProblem]

  package init(set: ImageSet, demand: DemandStatus) {
    self.set = set
    self.demand = demand
    problems = set.problems
  }

  /// - Parameter now: when a condition that changes its status did so.
  package func status(now: Timestamp) -> ImageSetStatus {
    var status = set.status ?? ImageSetStatus()
    status.observedGeneration = set.metadata.generation
    status.pairs = PairCounts(demand.pairs)
    status.nodes = ReadyCounts(
      desired: demand.nodes.desired, ready: demand.nodes.ready, unreachable: demand.nodes.unreachable)
    status.images = ReadyCounts(desired: demand.images.desired, ready: demand.images.ready)
    status.progress = "\(demand.pairs.present)/\(demand.pairs.desired)"
    let failures = demand.failures.prefix(ImageSetStatus.maxFailures).map { FailureSummary($0) }
    status.failures = failures.isEmpty ? nil : failures
    var conditions = status.conditions ?? []
    for (type, state) in [("Ready", ready), ("Progressing", progressing), ("Degraded", degraded)] {
      conditions.set(
        type: type, status: state.holds ? .yes : .no, reason: state.reason,
        message: state.message.bounded(to: Self.maxMessage), observedGeneration: set.metadata.generation, now: now)
    }
    status.conditions = conditions
    return status
  }

  private struct State {
    var holds: Bool
    var reason: String
    var message: String
  }

  private var ready: State {
    let isReady = demand.verdict == .ready && problems.isEmpty
    let reason = problems.isEmpty ? demand.reason.rawValue : "InvalidSpec"
    var parts = [counts]
    if !problems.isEmpty { parts.append("left out of this: \(problems.summary(limit: 256))") }
    return State(holds: isReady, reason: reason, message: parts.joined(separator: "; "))
  }

  private var progressing: State {
    if demand.isPausedEverywhere {
      return State(
        holds: demand.pairs.pulling > 0, reason: DemandStatus.Reason.paused.rawValue, message: everythingPaused)
    }
    let parts = [
      ("pulling", demand.pairs.pulling), ("waiting", demand.pairs.waiting), ("removing", demand.pairs.removing),
    ].filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }
    let message = parts.joined(separator: ", ")
    switch demand.reason {
    case .pulling, .waiting: return State(holds: true, reason: demand.reason.rawValue, message: message)
    case .pullsFailing:
      return State(
        holds: true, reason: demand.pairs.pulling > 0 ? "Pulling" : "Retrying",
        message: ([message, "failed pulls are tried again by themselves"]).filter { !$0.isEmpty }
          .joined(separator: "; "))
    case .allPresent, .allGone, .removing, .paused, .noMatchingNodes, .noImages, .noReachableNodes, .platformConflict,
      .planTooLarge:
      return State(holds: demand.pairs.pulling > 0, reason: demand.reason.rawValue, message: message)
    }
  }

  private var degraded: State {
    if !problems.isEmpty {
      var message = problems.summary(limit: 768)
      if let failing { message += "; also \(failing)" }
      return State(holds: true, reason: "InvalidSpec", message: message)
    }
    guard demand.verdict == .degraded else { return State(holds: false, reason: "AsExpected", message: "") }
    return State(holds: true, reason: demand.reason.rawValue, message: failing ?? conflicts ?? counts)
  }

  /// `27 of 90 images present on 3 nodes; 2 failing: NotFound x2, e.g. …`
  private var counts: String {
    switch demand.reason {
    case .noMatchingNodes: return withBudget("no node has the labels that spec.nodes.selector asks for")
    case .noImages: return withBudget("the set names no image that can be used")
    default: break
    }
    let pairs = demand.pairs
    let nodes = demand.nodes
    var parts = ["\(pairs.present) of \(pairs.desired) images present on \(plural(nodes.desired, "node"))"]
    if demand.isPausedEverywhere {
      parts.append(everythingPaused)
    } else if set.spec.isPaused {
      parts.append("paused: nothing is pulled or removed")
    }
    if let failing { parts.append(failing) }
    if let conflicts { parts.append(conflicts) }
    if nodes.unreachable > 0 { parts.append(unreachable) }
    if demand.reason == .planTooLarge { parts.append("the plan of a node would become too large for one object") }
    return withBudget(parts.joined(separator: "; "))
  }

  private func withBudget(_ text: String) -> String {
    guard demand.budgetMissing else { return text }
    return text + "; there is no valid PullBudget \"\(set.spec.effectiveBudget)\", so the budget default holds"
  }

  private var everythingPaused: String {
    "the cluster is paused (ConfigMap \(ClusterPause.name)): nothing is pulled or removed"
  }

  private var failing: String? {
    guard let first = demand.failures.first else { return nil }
    let groups = demand.failures.map { "\($0.reason) x\($0.count)" }.joined(separator: ", ")
    var text = "\(demand.pairs.failed) failing: \(groups), e.g. \(first.image.normalized) on \(first.node)"
    if let message = first.message, !message.isEmpty { text += ": \(message)" }
    return text
  }

  private var conflicts: String? {
    guard let first = demand.conflicts.first else { return nil }
    let more = demand.conflicts.count > 1 ? " and others" : ""
    let platform = first.platform ?? "the node's own platform"
    return "\(first.image.normalized)\(more) can't be had: \(first.winner) has it with \(platform)"
  }

  private var unreachable: String {
    let examples = demand.unreachable.map { "\($0.name) (\($0.reason.rawValue))" }.joined(separator: ", ")
    let more = demand.nodes.unreachable > demand.unreachable.count ? ", …" : ""
    return "\(plural(demand.nodes.unreachable, "node")) can't be worked on now: \(examples)\(more)"
  }

}

extension PairCounts {
  init(_ tally: PairTally) {
    self.init()
    desired = tally.desired
    present = tally.present
    pulling = tally.pulling
    waiting = tally.waiting
    failed = tally.failed
    removing = tally.removing
  }
}

extension FailureSummary {
  init(_ group: FailureGroup) {
    self.init(
      reason: group.reason, count: group.count, image: group.image.normalized, node: group.node,
      message: group.message.map { $0.bounded(to: 256) })
  }
}
