package import KubernetesClient

/// Which pods are agents and what they say about their nodes.
package enum AgentPods {
  package static let labelSelector = "app.kubernetes.io/name=swiftlet,app.kubernetes.io/component=agent"
  /// The index of agent pods by node.
  package static let nodeIndex = "node"

  @Sendable package static func node(of pod: Pod) -> [String] {
    pod.spec?.nodeName.map { [$0] } ?? []
  }

  /// Whether the pod runs an agent that is up.
  package static func isUp(_ pod: Pod) -> Bool {
    pod.metadata.deletionTimestamp == nil
      && (pod.status?.conditions ?? []).contains { $0.type == "Ready" && $0.status == .yes }
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
      spec: PodSpec(nodeName: pod.spec?.nodeName), status: PodStatus(conditions: ready))
  }
}
