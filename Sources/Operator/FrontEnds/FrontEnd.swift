package import KubernetesClient
package import Planning

/// One API kind as a way to say what is wanted: a pure mapping to demands, and a pure mapping back to the kind's own
/// status. A front end works as soon as its kind is installed.
package protocol FrontEnd: Sendable {
  associatedtype Resource: KubernetesResource & Equatable

  /// The kind, as `DemandID.kind` has it.
  static var kind: String { get }

  /// The finalizer that this front end puts on objects; nil for none.
  static var finalizer: String? { get }

  /// What an object wants. Never fails: what can't be understood is left out here and named by `status`.
  ///
  /// Nothing means that the object counts as gone.
  func demands(of object: Resource, now: Instant) -> MappedDemands

  /// Changes whenever something changes that `demands` looks at, time aside.
  func revision(of object: Resource) -> String

  /// The object with the status that it should have, or with the metadata: what is to be written next. Where the metadata
  /// differs, only that is written, and this is asked again.
  ///
  /// The same as `object` where nothing but time has changed. Fields and conditions that others wrote are kept.
  ///
  /// - Parameter progress: how far the object's demands are.
  func reporting(_ progress: ObjectProgress, on object: Resource, now: Timestamp) -> Resource

  /// The conditions of an object, which the pace of status writes follows.
  static func conditions(of object: Resource) -> [Condition]

  /// What is worth an event in a status write.
  static func events(from old: Resource, to new: Resource) -> [StatusEvent]
}

extension FrontEnd {
  /// The name of the kind's CustomResourceDefinition.
  package static var definition: String { "\(Resource.resourceType.resource).\(Resource.resourceType.group)" }

  package static var finalizer: String? { nil }

  package func revision(of object: Resource) -> String { String(object.metadata.generation ?? 0) }

  package static func events(from old: Resource, to new: Resource) -> [StatusEvent] {
    StatusEvent.events(from: conditions(of: old), to: conditions(of: new))
  }
}

/// What one object wants.
package struct MappedDemands: Sendable, Hashable {
  package var demands: [Demand]
  /// When the object is to be mapped again although it hasn't changed: its next refresh is due then.
  package var lookAgainAt: Instant?

  package init(demands: [Demand] = [], lookAgainAt: Instant? = nil) {
    self.demands = demands
    self.lookAgainAt = lookAgainAt
  }
}
