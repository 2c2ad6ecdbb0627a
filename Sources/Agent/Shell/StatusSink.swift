package import SwiftletAPI

/// Where the node's status goes.
package protocol StatusSink: Sendable {
  /// The NodeInventory as the server has it now; nil where there is none.
  func read() async throws(StatusFailure) -> NodeInventory?

  /// Changes what differs between two statuses, and nothing else.
  ///
  /// - Returns: the status as the server has it after that.
  func write(
    from old: NodeInventoryStatus, to new: NodeInventoryStatus
  ) async throws(StatusFailure) -> NodeInventoryStatus
}
