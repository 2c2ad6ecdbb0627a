package import KubernetesClient
package import KubernetesRuntime
package import SwiftletAPI

/// What informers know of the cluster.
package struct ClusterStores: Sendable {
  package let nodes: Store<Node>
  /// Agent pods, with the index `AgentPods.nodeIndex`.
  package let agents: Store<Pod>
  package let inventories: Store<NodeInventory>
  package let budgets: Store<PullBudget>
  /// Holds the one ConfigMap whose existence pauses the cluster, or nothing.
  package let pauses: Store<ConfigMap>

  package init(
    nodes: Store<Node>, agents: Store<Pod>, inventories: Store<NodeInventory>, budgets: Store<PullBudget>,
    pauses: Store<ConfigMap>
  ) {
    self.nodes = nodes
    self.agents = agents
    self.inventories = inventories
    self.budgets = budgets
    self.pauses = pauses
  }

  var isPaused: Bool { pauses.count > 0 }

  /// Whether there is an agent's pod on the node, up or not.
  func hasAgentPod(_ node: String) -> Bool { !agents.lookup(index: AgentPods.nodeIndex, value: node).isEmpty }

  func hasAgent(_ node: String) -> Bool {
    agents.lookup(index: AgentPods.nodeIndex, value: node).contains(where: AgentPods.isUp)
  }
}
