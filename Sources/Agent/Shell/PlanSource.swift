package import SwiftletAPI

/// Where the node's plan comes from.
package protocol PlanSource: Sendable {
  /// Calls `deliver` with the NodeInventory as it is, and whenever it changed: nil where there is none. Not before
  /// that is known. Returns when the task is cancelled or the program shuts down; failures are retried inside.
  func follow(_ deliver: @escaping @Sendable (NodeInventory?) -> Void) async throws
}
