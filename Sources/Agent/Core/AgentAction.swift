package import KubernetesClient
package import OCI
package import SwiftletAPI

/// Something that the agent's state wants done. Each ends with an event, except `cancelPull` and `finish`.
package enum AgentAction: Sendable, Hashable {
  case startPull(PullOrder)
  case cancelPull(name: String, id: Int)
  /// - Parameter isDetailed: also who the runtime is, and the file system.
  case listImages(sequence: Int, isDetailed: Bool)
  /// List images and containers, right before a removal.
  case inspect(name: String)
  case remove(name: String, id: String)
  case untag(ImageReference)
  case setPinned(id: String, Bool)
  case saveLedger(Ledger, revision: Int)
  case writeStatus(from: NodeInventoryStatus, to: NodeInventoryStatus)
  case readStatus
  /// Everything is done after a shutdown.
  case finish
}

/// A pull to start.
package struct PullOrder: Sendable, Hashable {
  package let id: Int
  package let reference: ImageReference
  package let platform: Platform?
  package let grantID: String
  /// Pull even if the image is there. Otherwise look first: what somebody else pulled meanwhile isn't Swiftlet's.
  package let isRefresh: Bool
  /// There are pull secrets for it: credentials are asked for first.
  package let isAuthenticated: Bool

  package var name: String { reference.normalized }
}

/// What to do now, and when to look again at the latest.
package struct AgentTurn: Sendable {
  package var actions: [AgentAction] = []
  package var wakeAt: Timestamp?

  mutating func wake(at time: Timestamp?) {
    guard let time else { return }
    wakeAt = min(wakeAt ?? time, time)
  }
}
