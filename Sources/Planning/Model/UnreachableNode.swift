/// A node that is selected and can't be worked on now.
package struct UnreachableNode: Hashable, Sendable {
  package enum Reason: String, Hashable, Sendable, CaseIterable {
    case deleting = "Deleting"
    case cordoned = "Cordoned"
    case notReady = "NotReady"
    case tainted = "Tainted"
    case noAgent = "NoAgent"
    /// Only Jobs may pull there, and they can't: the cluster doesn't use them, or the node's agent isn't up.
    case noJobs = "NoJobs"
    case runtimeNotReady = "RuntimeNotReady"
    /// Images can't be removed from it: Jobs work on it, and they can't get at its runtime.
    case noRuntimeAccess = "NoRuntimeAccess"
    /// Its disk is short: what is pulled now would only be garbage-collected.
    case diskPressure = "DiskPressure"
  }

  package var name: String
  package var reason: Reason

  package init(name: String, reason: Reason) {
    self.name = name
    self.reason = reason
  }
}
