/// `coordination.k8s.io/v1` Lease: who holds something, and until when.
public struct Lease: KubernetesResource, Hashable {
  public static let resourceType = ResourceType(
    group: "coordination.k8s.io", version: "v1", resource: "leases", kind: "Lease", isNamespaced: true)

  public var metadata: ObjectMeta
  public var spec: LeaseSpec?

  public init(metadata: ObjectMeta, spec: LeaseSpec? = nil) {
    self.metadata = metadata
    self.spec = spec
  }
}

/// `coordination.k8s.io/v1` LeaseSpec.
public struct LeaseSpec: Codable, Sendable, Hashable {
  public var holderIdentity: String?
  /// How long a candidate must wait since it last saw a change, in seconds.
  public var leaseDurationSeconds: Int32?
  public var acquireTime: MicroTime?
  public var renewTime: MicroTime?
  /// How often the lease changed hands.
  public var leaseTransitions: Int32?

  public init(
    holderIdentity: String? = nil, leaseDurationSeconds: Int32? = nil, acquireTime: MicroTime? = nil,
    renewTime: MicroTime? = nil, leaseTransitions: Int32? = nil
  ) {
    self.holderIdentity = holderIdentity
    self.leaseDurationSeconds = leaseDurationSeconds
    self.acquireTime = acquireTime
    self.renewTime = renewTime
    self.leaseTransitions = leaseTransitions
  }
}
