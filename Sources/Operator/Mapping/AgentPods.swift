package import KubernetesClient

/// Which pods are agents and what they say about their nodes.
package enum AgentPods {
  package static let labelSelector = "app.kubernetes.io/name=swiftlet,app.kubernetes.io/component=agent"
  /// The index of agent pods by node.
  package static let nodeIndex = "node"

  @Sendable package static func node(of pod: Pod) -> [String] {
    pod.spec?.nodeName.map { [$0] } ?? []
  }

  /// Whether the pod runs an agent that is up: it is Ready, or has just started for the first time. The readiness
  /// probe may take seconds to say so, and whether an agent answers is seen from its NodeInventory anyway.
  package static func isUp(_ pod: Pod) -> Bool {
    guard pod.metadata.deletionTimestamp == nil else { return false }
    if (pod.status?.conditions ?? []).contains(where: { $0.type == "Ready" && $0.status == .yes }) { return true }
    let containers = pod.status?.containerStatuses ?? []
    return !containers.isEmpty && containers.allSatisfy { $0.started == true && $0.restartCount == 0 }
  }

  /// The pod without what doesn't matter here.
  package static func trimmed(_ pod: Pod) -> Pod {
    let ready = pod.status?.conditions?.filter { $0.type == "Ready" }.map {
      StatusCondition(type: $0.type, status: $0.status)
    }
    return Pod(
      metadata: ObjectMeta(
        name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid,
        resourceVersion: pod.metadata.resourceVersion, deletionTimestamp: pod.metadata.deletionTimestamp),
      spec: PodSpec(nodeName: pod.spec?.nodeName),
      status: PodStatus(
        conditions: ready,
        containerStatuses: pod.status?.containerStatuses?.map {
          ContainerStatus(name: $0.name, started: $0.started, restartCount: $0.restartCount)
        }))
  }
}
