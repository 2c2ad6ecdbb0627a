package import Execution
package import KubernetesClient
package import Planning
import Synchronization

/// What Jobs do on which nodes: all there is to do on those without an agent, in `auto` only once that has been so for a
/// while; on the others what agents leave to them.
package final class JobsClaim: Sendable {
  package struct Answer: Sendable, Hashable {
    /// Nil for nothing.
    package var role: JobsRole?
    /// When it will be another one if no agent comes.
    package var changesIn: Duration?

    package init(_ role: JobsRole?, changesIn: Duration? = nil) {
      self.role = role
      self.changesIn = changesIn
    }
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
    guard mode != .agent, labels["type"] != "virtual-kubelet" else { return Answer(nil) }
    guard !hasAgentPod else { return Answer(.beside) }
    let left = JobsConfiguration.agentPatience - (now - since)
    return mode == .jobs || left <= .zero ? Answer(.instead) : Answer(.beside, changesIn: left)
  }

  package func forget(_ node: String) { absentSince.withLock { $0[node] = nil } }
}
