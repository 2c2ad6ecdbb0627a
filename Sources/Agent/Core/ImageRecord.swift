import ContainerRuntime
package import Execution
package import KubernetesClient
package import SwiftletAPI

/// What the agent remembers of a planned image beyond what the runtime lists: failures, and whether it was there.
package struct ImageRecord: Sendable, Hashable {
  /// Failed attempts since the image was last there (or, for a refresh, since the last that went well).
  package var attempts = 0
  package var retryAt: Timestamp?
  package var failure: FailureText?
  /// It was there when last listed.
  package var wasPresent = false
  /// It was there and vanished.
  package var isMissing = false
  /// The pull said that the image is there; the first list that starts with this number or later shows whether it
  /// did.
  package var verification: Verification?
  /// When it was first listed after the last pull.
  package var pulledAt: Timestamp?
  /// How often in a row it vanished soon after it was pulled.
  package var quickLosses = 0
  /// Pulls that failed in a row because the runtime didn't answer, although it was never seen to be down.
  package var unexplainedFailures = 0
  /// What it takes on disk, once a pull has shown that.
  package var need: UInt64?
  /// There was no room for it.
  package var refusal: Refusal?

  package struct Refusal: Sendable, Hashable {
    /// What it takes on disk; nil where that isn't known.
    package let need: UInt64?
    /// The runtime ran out of space, rather than the agent's counting ahead.
    package let isByRuntime: Bool
    /// The free space that was left behind then, once it was read: more than that is needed.
    package var baseline: UInt64?
  }

  package struct Verification: Sendable, Hashable {
    package let pull: RunningPull
    /// It was somebody else's pull.
    package let isFound: Bool
    package let listSequence: Int
  }

  package init() {}

  /// What an earlier run of the agent left in the status.
  package init(stored image: NodeImage) {
    wasPresent = image.state == .present
    isMissing = image.reason == Self.missing.reason
    attempts = image.attempts ?? 0
    // Whether there is room is looked at afresh.
    let isAboutDisk = [PullFailureReason.diskFull.rawValue, Self.diskPressure.reason].contains(image.reason)
    if attempts > 0, !isAboutDisk {
      retryAt = image.retryAt
      failure = image.retryAt == nil ? nil : image.reason.map { FailureText(reason: $0, message: image.message) }
    }
  }

  package static let missing = FailureText(reason: "Missing")
  package static let diskPressure = FailureText(
    reason: "DiskPressure", message: "the node's disk is short; nothing is pulled until it isn't")

  /// Whether a new attempt has to wait.
  package func isBackingOff(now: Timestamp) -> Bool { retryAt.map { now < $0 } ?? false }

  /// Forgets failures: the image was pulled, or the plan's entry changed.
  package mutating func reset() {
    attempts = 0
    retryAt = nil
    failure = nil
    unexplainedFailures = 0
    need = nil
    refusal = nil
  }
}
