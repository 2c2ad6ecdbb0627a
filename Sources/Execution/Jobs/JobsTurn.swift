package import KubernetesClient
package import SwiftletAPI

/// What is to be done for one node now, in this order.
package struct JobsTurn: Sendable {
  /// What becomes of a Job whose results are in the status.
  package struct Retirement: Sendable, Hashable {
    package var key: ObjectKey
    package var uid: String
    /// It stays, marked as settled; otherwise it is deleted.
    package var isKept: Bool
    /// It still runs.
    package var isActive: Bool
  }

  /// Jobs to make; one that is there already is all right.
  package var drafts: [JobDraft] = []
  /// The status to write, where it differs from the one that is there.
  package var status: NodeInventoryStatus?
  /// What the spec is to say of Jobs beside an agent, where it differs from what is there.
  package var note: JobsNote?
  /// The write isn't to wait: something else hangs on it.
  package var isUrgent = false
  /// Only once the status is written, or needn't be.
  package var retirements: [Retirement] = []
  /// A Job that mounts images came to nothing for a reason that isn't an image's: the node is better off without them
  /// for now.
  package var isStalled = false
  /// When to look again although nothing happened.
  package var wakeAt: Timestamp?

  package init() {}

  mutating func wake(at time: Timestamp?) {
    guard let time else { return }
    wakeAt = min(wakeAt ?? time, time)
  }
}
