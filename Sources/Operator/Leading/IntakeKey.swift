/// Something to look at, because it changed or because its time has come.
package enum IntakeKey: Hashable, Sendable {
  /// A Node, or the agent on it.
  case node(String)
  case inventory(String)
  case budget(String)
  /// The ConfigMap that pauses the cluster.
  case pause
  case object(ObjectRef)
  /// All objects of a kind, and whether they can be read.
  case kind(String)
  /// A node's Jobs or their pods.
  case jobs(String)
  /// Jobs and their pods are known now.
  case jobsSynced
  /// `EngineOutput.wakeAt` has come.
  case wake
}
