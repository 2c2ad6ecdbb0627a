/// `batch/v1` Job in part.
public struct Job: KubernetesResource, Hashable {
  public static let resourceType = ResourceType(
    group: "batch", version: "v1", resource: "jobs", kind: "Job", isNamespaced: true)

  public var metadata: ObjectMeta
  public var spec: JobSpec?
  public var status: JobStatus?

  public init(metadata: ObjectMeta, spec: JobSpec? = nil, status: JobStatus? = nil) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }
}

/// `batch/v1` JobSpec in part.
public struct JobSpec: Codable, Sendable, Hashable {
  public var template: PodTemplate
  public var backoffLimit: Int?
  /// From when the Job starts; the Job fails then.
  public var activeDeadlineSeconds: Int64?
  /// After so long a Job that is over is deleted, where the cluster does that.
  public var ttlSecondsAfterFinished: Int?

  public init(
    template: PodTemplate, backoffLimit: Int? = nil, activeDeadlineSeconds: Int64? = nil,
    ttlSecondsAfterFinished: Int? = nil
  ) {
    self.template = template
    self.backoffLimit = backoffLimit
    self.activeDeadlineSeconds = activeDeadlineSeconds
    self.ttlSecondsAfterFinished = ttlSecondsAfterFinished
  }
}

/// `v1.PodTemplateSpec`, with a pod's whole specification as it is written.
public struct PodTemplate: Codable, Sendable, Hashable {
  public var metadata: ObjectMeta?
  public var spec: JSONValue?

  public init(metadata: ObjectMeta? = nil, spec: JSONValue? = nil) {
    self.metadata = metadata
    self.spec = spec
  }
}

/// `batch/v1` JobStatus in part.
public struct JobStatus: Codable, Sendable, Hashable {
  /// `Complete` or `Failed` once the Job is over.
  public var conditions: [StatusCondition]?
  public var active: Int?
  public var succeeded: Int?
  public var failed: Int?

  public init(
    conditions: [StatusCondition]? = nil, active: Int? = nil, succeeded: Int? = nil, failed: Int? = nil
  ) {
    self.conditions = conditions
    self.active = active
    self.succeeded = succeeded
    self.failed = failed
  }
}
