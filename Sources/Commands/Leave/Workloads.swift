package import KubernetesClient

/// `apps/v1` Deployment, as far as leaving needs it.
package struct ControllerDeployment: KubernetesResource, Hashable {
  package static let resourceType = ResourceType(
    group: "apps", version: "v1", resource: "deployments", kind: "Deployment", isNamespaced: true)
  package static let name = "swiftlet-controller"

  package struct Status: Codable, Sendable, Hashable {
    /// Pods of any age that aren't gone.
    package var replicas: Int?
    package var observedGeneration: Int64?
  }

  package var metadata: ObjectMeta
  package var status: Status?

  /// Whether no controller runs, by what was last observed.
  package var isGone: Bool {
    (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) && (status?.replicas ?? 0) == 0
  }
}

/// `apps/v1` DaemonSet, as far as leaving needs it.
package struct AgentDaemonSet: KubernetesResource, Hashable {
  package static let resourceType = ResourceType(
    group: "apps", version: "v1", resource: "daemonsets", kind: "DaemonSet", isNamespaced: true)
  package static let name = "swiftlet-agent"

  package struct Status: Codable, Sendable, Hashable {
    package var desiredNumberScheduled: Int?
    package var updatedNumberScheduled: Int?
    /// Ready pods of any age.
    package var numberReady: Int?
    package var observedGeneration: Int64?
  }

  package var metadata: ObjectMeta
  package var status: Status?

  /// How many nodes have a new pod that is ready, and how many should; nil until the change has been seen.
  package var progress: (ready: Int, of: Int)? {
    guard let status, (status.observedGeneration ?? 0) >= (metadata.generation ?? 0) else { return nil }
    return (min(status.updatedNumberScheduled ?? 0, status.numberReady ?? 0), status.desiredNumberScheduled ?? 0)
  }
}
