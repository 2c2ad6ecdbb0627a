/// Which nodes a demand is for, and which of those can be worked on.
enum Selection {
  /// Whether the demand wants its images on the node. A node that passes keeps its plan entries even when it can't be
  /// worked on.
  static func selects(_ demand: Demand, _ node: NodeFacts) -> Bool {
    guard node.os == nil || node.os == "linux", demand.selector.matches(node.labels) else { return false }
    guard demand.taintRule == .respect else { return true }
    return !untolerated(demand, node).contains { !$0.key.hasPrefix(NodeTaint.conditionPrefix) }
  }

  /// Why the demand's images can't be pulled on the node now; nil where they can.
  static func obstacle(
    _ demand: Demand, _ node: NodeFacts, runtimeReady: Bool?
  ) -> UnreachableNode.Reason? {
    if node.deleting { return .deleting }
    if node.unschedulable { return .cordoned }
    // A kubelet that isn't well starts no pods, tolerated or not.
    let needsPods = node.hasJobs && !node.hasAgent || demand.executor == .jobs
    if !node.ready, needsPods || !toleratesNotReady(demand, node) { return .notReady }
    if demand.taintRule == .respect,
      untolerated(demand, node).contains(where: { !$0.saysNotReady && $0.key != NodeTaint.cordonKey })
    {
      return .tainted
    }
    switch demand.executor {
    case .auto where !node.hasAgent && !node.hasJobs: return .noAgent
    case .agent where !node.hasAgent: return .noAgent
    case .jobs where !node.hasJobs: return .noJobs
    default: break
    }
    if runtimeReady == false { return .runtimeNotReady }
    if node.diskPressure { return .diskPressure }
    return nil
  }

  /// Why images can't be removed from the node now; nil where they can.
  static func removalObstacle(
    _ node: NodeFacts, runtimeReady: Bool?, canRemove: Bool
  ) -> UnreachableNode.Reason? {
    if node.deleting { return .deleting }
    if !node.ready { return .notReady }
    if !node.hasAgent, !node.hasJobs { return .noAgent }
    if runtimeReady == false { return .runtimeNotReady }
    if !canRemove { return .noRuntimeAccess }
    return nil
  }

  private static func untolerated(_ demand: Demand, _ node: NodeFacts) -> [NodeTaint] {
    node.taints.filter { taint in
      taint.effect != .preferNoSchedule && !demand.tolerations.contains { $0.tolerates(taint) }
    }
  }

  /// The taints that the node has for it must all be tolerated; before Kubernetes has set them, those it will set.
  private static func toleratesNotReady(_ demand: Demand, _ node: NodeFacts) -> Bool {
    var taints = node.taints.filter { $0.saysNotReady && $0.effect != .preferNoSchedule }
    if taints.isEmpty {
      taints = [
        NodeTaint(key: NodeTaint.notReadyKey, effect: .noSchedule),
        NodeTaint(key: NodeTaint.notReadyKey, effect: .noExecute),
      ]
    }
    return taints.allSatisfy { taint in demand.tolerations.contains { $0.tolerates(taint) } }
  }
}
