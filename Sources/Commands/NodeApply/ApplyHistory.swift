package import KubernetesClient
package import SwiftletAPI

/// What a run has to remember of earlier looks to say what it did.
package struct ApplyHistory: Sendable, Hashable {
  package let startedAt: Timestamp
  /// Every name that was there before.
  package let there: Set<String>
  /// What an earlier run pulled and nothing names any more.
  package private(set) var leftovers: Set<String> = []

  package init(startedAt: Timestamp, there: Set<String>) {
    self.startedAt = startedAt
    self.there = there
  }

  /// Takes in a status that answers to the plan.
  package mutating func note(_ inventory: NodeInventory) {
    guard ApplyPicture.isAnswered(inventory) else { return }
    let images = inventory.status?.images ?? [:]
    for (name, image) in images where ApplyPicture.isLeftover(name, image, inventory.spec) { leftovers.insert(name) }
  }
}
