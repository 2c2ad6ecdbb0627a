/// `v1.Pod`, as far as it tells which images it uses, where it runs and how it does.
public struct Pod: KubernetesResource, Hashable {
  public static let resourceType = ResourceType(
    group: "", version: "v1", resource: "pods", kind: "Pod", isNamespaced: true)

  public var metadata: ObjectMeta
  public var spec: PodSpec?
  public var status: PodStatus?

  public init(metadata: ObjectMeta, spec: PodSpec? = nil, status: PodStatus? = nil) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }
}

/// `v1.PodSpec` in part.
public struct PodSpec: Codable, Sendable, Hashable {
  public var nodeName: String?
  public var containers: [PodContainer]?
  public var initContainers: [PodContainer]?
  public var ephemeralContainers: [PodContainer]?
  public var volumes: [PodVolume]?

  public init(
    nodeName: String? = nil, containers: [PodContainer]? = nil, initContainers: [PodContainer]? = nil,
    ephemeralContainers: [PodContainer]? = nil, volumes: [PodVolume]? = nil
  ) {
    self.nodeName = nodeName
    self.containers = containers
    self.initContainers = initContainers
    self.ephemeralContainers = ephemeralContainers
    self.volumes = volumes
  }
}

/// `v1.Container`, `v1.EphemeralContainer`: name and image.
public struct PodContainer: Codable, Sendable, Hashable {
  public var name: String
  public var image: String?

  public init(name: String, image: String? = nil) {
    self.name = name
    self.image = image
  }
}

/// `v1.Volume`, as far as it is one that holds an image.
public struct PodVolume: Codable, Sendable, Hashable {
  public var name: String
  public var image: ImageVolumeSource?

  public init(name: String, image: ImageVolumeSource? = nil) {
    self.name = name
    self.image = image
  }
}

/// `v1.ImageVolumeSource` in part.
public struct ImageVolumeSource: Codable, Sendable, Hashable {
  public var reference: String?

  public init(reference: String? = nil) {
    self.reference = reference
  }
}

/// `v1.PodStatus` in part.
public struct PodStatus: Codable, Sendable, Hashable {
  /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
  public var phase: String?
  public var conditions: [StatusCondition]?
  public var containerStatuses: [ContainerStatus]?
  public var initContainerStatuses: [ContainerStatus]?
  /// Why the pod is in its phase, such as `Evicted`.
  public var reason: String?
  public var message: String?
  /// When the kubelet took it on.
  public var startTime: Timestamp?

  public init(
    phase: String? = nil, conditions: [StatusCondition]? = nil, containerStatuses: [ContainerStatus]? = nil,
    initContainerStatuses: [ContainerStatus]? = nil, reason: String? = nil, message: String? = nil,
    startTime: Timestamp? = nil
  ) {
    self.initContainerStatuses = initContainerStatuses
    self.reason = reason
    self.message = message
    self.startTime = startTime
    self.phase = phase
    self.conditions = conditions
    self.containerStatuses = containerStatuses
  }
}

/// `v1.ContainerStatus` in part.
public struct ContainerStatus: Codable, Sendable, Hashable {
  public var name: String
  public var image: String?
  public var imageID: String?
  public var ready: Bool?
  /// Whether it runs and its startup probe, where it has one, has passed.
  public var started: Bool?
  public var restartCount: Int?
  public var state: ContainerState?
  public var volumeMounts: [VolumeMountStatus]?

  public init(
    name: String, image: String? = nil, imageID: String? = nil, ready: Bool? = nil, started: Bool? = nil,
    restartCount: Int? = nil, state: ContainerState? = nil, volumeMounts: [VolumeMountStatus]? = nil
  ) {
    self.volumeMounts = volumeMounts
    self.state = state
    self.name = name
    self.image = image
    self.imageID = imageID
    self.ready = ready
    self.started = started
    self.restartCount = restartCount
  }
}

/// `v1.VolumeMountStatus`, as far as it says which image is mounted.
public struct VolumeMountStatus: Codable, Sendable, Hashable {
  /// The volume's name.
  public var name: String
  public var volumeStatus: VolumeStatus?

  public init(name: String, volumeStatus: VolumeStatus? = nil) {
    self.name = name
    self.volumeStatus = volumeStatus
  }
}

/// `v1.VolumeStatus`.
public struct VolumeStatus: Codable, Sendable, Hashable {
  public var image: ImageVolumeStatus?

  public init(image: ImageVolumeStatus? = nil) {
    self.image = image
  }
}

/// `v1.ImageVolumeStatus`. Kubelets write it where the feature gate `ImageVolumeWithDigest` is on.
public struct ImageVolumeStatus: Codable, Sendable, Hashable {
  /// In the form of a container's `imageID`.
  public var imageRef: String?

  public init(imageRef: String? = nil) {
    self.imageRef = imageRef
  }
}
