package import ContainerRuntime
package import SwiftletAPI

/// Something that the agent's state has to know.
package enum AgentEvent: Sendable {
  /// The NodeInventory as it is now; nil where there is none.
  case plan(NodeInventory?)
  case imagesListed(sequence: Int, RuntimeListing)
  case listFailed(sequence: Int, RuntimeError)
  /// The runtime hinted that images changed.
  case runtimeChanged
  /// Whether the runtime tells of changes.
  case watchingChanges(Bool)
  case pullProgressed(name: String, id: Int, PullProgress)
  case pullEnded(name: String, id: Int, PullOutcome)
  /// What the runtime had right before a removal.
  case inspected(name: String, RemovalInspection)
  case inspectionFailed(name: String, RuntimeError)
  case removalEnded(name: String, RuntimeError?)
  case pinEnded(id: String, isPinned: Bool, RuntimeError?)
  /// `failure` says why the file couldn't be written.
  case ledgerSaved(revision: Int, failure: String?)
  /// The status as the server has it after the write.
  case statusWritten(NodeInventoryStatus)
  case statusFailed(StatusFailure)
  /// The NodeInventory as read from the server; nil where there is none.
  case statusRead(NodeInventory?)
  case timer
  case shutdown
}
