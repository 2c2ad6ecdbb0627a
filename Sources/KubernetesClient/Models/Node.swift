/// `v1.Node`, as far as those who decide where something runs need it.
public struct Node: KubernetesResource, Hashable {
  public static let resourceType = ResourceType(
    group: "", version: "v1", resource: "nodes", kind: "Node", isNamespaced: false)

  public var metadata: ObjectMeta
  public var spec: NodeSpec?
  public var status: NodeStatus?

  public init(metadata: ObjectMeta, spec: NodeSpec? = nil, status: NodeStatus? = nil) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }
}

/// `v1.NodeSpec` in part.
public struct NodeSpec: Codable, Sendable, Hashable {
  /// Whether the node is cordoned.
  public var unschedulable: Bool?
  public var taints: [Taint]?

  public init(unschedulable: Bool? = nil, taints: [Taint]? = nil) {
    self.unschedulable = unschedulable
    self.taints = taints
  }
}

/// `v1.NodeStatus` in part.
public struct NodeStatus: Codable, Sendable, Hashable {
  public var conditions: [StatusCondition]?
  public var nodeInfo: NodeSystemInfo?

  public init(conditions: [StatusCondition]? = nil, nodeInfo: NodeSystemInfo? = nil) {
    self.conditions = conditions
    self.nodeInfo = nodeInfo
  }
}

/// `v1.NodeSystemInfo` in part.
public struct NodeSystemInfo: Codable, Sendable, Hashable {
  /// Such as `linux`.
  public var operatingSystem: String?
  /// Such as `amd64`.
  public var architecture: String?
  /// Such as `containerd://1.7.1`.
  public var containerRuntimeVersion: String?
  /// Such as `v1.35.1`.
  public var kubeletVersion: String?

  public init(
    operatingSystem: String? = nil, architecture: String? = nil, containerRuntimeVersion: String? = nil,
    kubeletVersion: String? = nil
  ) {
    self.operatingSystem = operatingSystem
    self.architecture = architecture
    self.containerRuntimeVersion = containerRuntimeVersion
    self.kubeletVersion = kubeletVersion
  }
}
