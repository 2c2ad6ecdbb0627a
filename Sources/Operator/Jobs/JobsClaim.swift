package import KubernetesClient
package import Planning
import Synchronization

/// Which nodes Jobs work on: those without an agent, and in `auto` only once that has been so for a while.
package final class JobsClaim: Sendable {
  package enum Answer: Sendable, Hashable {
    case yes
    case no
    /// Not before this time has passed without an agent.
    case later(Duration)
  }

  private let mode: ExecutorChoice
  private let elapsed: @Sendable () -> Duration
  private let absentSince = Mutex<[String: Duration]>([:])

  package init(mode: ExecutorChoice, elapsed: @escaping @Sendable () -> Duration) {
    self.mode = mode
    self.elapsed = elapsed
  }

  /// - Parameter hasAgentPod: whether there is an agent's pod on the node, up or not.
  package func answer(_ node: Node, hasAgentPod: Bool) -> Answer {
    let name = node.metadata.name ?? ""
    let labels = node.metadata.labels ?? [:]
    let now = elapsed()
    let since = absentSince.withLock { absent in
      if hasAgentPod { absent[name] = nil } else if absent[name] == nil { absent[name] = now }
      return absent[name] ?? now
    }
    // Where pods aren't containers of a runtime, there are no images to have.
    guard !hasAgentPod, mode != .agent, labels["type"] != "virtual-kubelet" else { return .no }
    let left = JobsConfiguration.agentPatience - (now - since)
    return mode == .jobs || left <= .zero ? .yes : .later(left)
  }

  package func forget(_ node: String) { absentSince.withLock { $0[node] = nil } }
}
