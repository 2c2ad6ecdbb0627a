package import ContainerRuntime

/// How a simulated pull goes.
package enum PullBehavior: Sendable, Hashable {
  /// It succeeds without a wait.
  case atOnce
  /// It tells of so many steps of progress, each after other tasks had a turn, and succeeds.
  case steps(Int)
  /// It tells that half is there, and waits until `SimulatedRuntime.release(_:)`.
  case untilReleased
  /// It fails at once.
  case failing(PullFailureReason, message: String)
}
