/// `events.k8s.io/v1` Event: something that happened to an object, for people to read.
public struct Event: KubernetesResource, Hashable {
  public static let resourceType = ResourceType(
    group: "events.k8s.io", version: "v1", resource: "events", kind: "Event", isNamespaced: true)

  public var metadata: ObjectMeta
  /// When it was first seen.
  public var eventTime: MicroTime?
  /// Set once the same thing happened again.
  public var series: EventSeries?
  /// Such as `swiftlet.dev/controller`.
  public var reportingController: String?
  /// At most 128 characters.
  public var reportingInstance: String?
  /// What was done, at most 128 characters.
  public var action: String?
  /// Why, at most 128 characters.
  public var reason: String?
  /// What it is about.
  public var regarding: ObjectReference?
  public var related: ObjectReference?
  /// At most 1 KiB.
  public var note: String?
  /// `Normal` or `Warning`.
  public var type: String?

  public init(
    metadata: ObjectMeta, eventTime: MicroTime? = nil, series: EventSeries? = nil,
    reportingController: String? = nil, reportingInstance: String? = nil, action: String? = nil,
    reason: String? = nil, regarding: ObjectReference? = nil, related: ObjectReference? = nil, note: String? = nil,
    type: String? = nil
  ) {
    self.metadata = metadata
    self.eventTime = eventTime
    self.series = series
    self.reportingController = reportingController
    self.reportingInstance = reportingInstance
    self.action = action
    self.reason = reason
    self.regarding = regarding
    self.related = related
    self.note = note
    self.type = type
  }
}

/// `events.k8s.io/v1` EventSeries: how often, and when last.
public struct EventSeries: Codable, Sendable, Hashable {
  public var count: Int32
  public var lastObservedTime: MicroTime

  public init(count: Int32, lastObservedTime: MicroTime) {
    self.count = count
    self.lastObservedTime = lastObservedTime
  }
}
