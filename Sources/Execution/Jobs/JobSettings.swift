package import KubernetesClient

/// How the Jobs of a cluster are made.
package struct JobSettings: Sendable, Hashable {
  package enum Retention: String, Sendable, Hashable, CaseIterable {
    /// Jobs go once their results have been taken over.
    case delete
    /// They stay, for a look at what happened.
    case retain
  }

  /// Whether a pull's images are mounted into one container, rather than each of them started.
  package enum ImageVolumes: String, Sendable, Hashable, CaseIterable {
    /// Where it is certain from the versions that the cluster and the node can.
    case auto = "Auto"
    /// Wherever the API server takes such pods.
    case always = "Always"
    case never = "Never"
  }

  /// The controller's namespace, where Jobs run that need no pull secret of another one.
  package var namespace: String
  /// The image with the program that images are started with; without one there are no Jobs.
  package var starterImage: String
  /// Swiftlet's own image, for Jobs that look and remove; nil where none may.
  package var swiftletImage: String?
  /// How long one image may take.
  package var pullDeadline: Duration
  package var priorityClassName: String?
  package var retention: Retention
  package var serviceAccountName: String?
  /// Whether Jobs that look and remove use the host's network.
  package var hostNetwork: Bool
  /// The runtime's socket on the nodes; found by looking in the usual places where nil.
  package var socketPath: String?
  /// How many Jobs there may be at the same time; 0 is any number.
  package var maxSurge: Int
  package var tolerations: [Toleration]
  package var podLabels: [String: String]
  package var podAnnotations: [String: String]
  package var imageVolumes: ImageVolumes

  package static let defaultPullDeadline = Duration.seconds(300)

  package init(
    namespace: String, starterImage: String, swiftletImage: String? = nil,
    pullDeadline: Duration = Self.defaultPullDeadline, priorityClassName: String? = nil,
    retention: Retention = .delete, serviceAccountName: String? = nil, hostNetwork: Bool = false,
    socketPath: String? = nil, maxSurge: Int = 0, tolerations: [Toleration] = [Toleration(operator: "Exists")],
    podLabels: [String: String] = [:], podAnnotations: [String: String] = [:], imageVolumes: ImageVolumes = .auto
  ) {
    self.namespace = namespace
    self.starterImage = starterImage
    self.swiftletImage = swiftletImage
    self.pullDeadline = pullDeadline
    self.priorityClassName = priorityClassName
    self.retention = retention
    self.serviceAccountName = serviceAccountName
    self.hostNetwork = hostNetwork
    self.socketPath = socketPath
    self.maxSurge = maxSurge
    self.tolerations = tolerations
    self.podLabels = podLabels
    self.podAnnotations = podAnnotations
    self.imageVolumes = imageVolumes
  }

  /// Whether Jobs may speak to the runtime. Where they may not, they only pull.
  package var hasRuntimeAccess: Bool { swiftletImage != nil }
}
