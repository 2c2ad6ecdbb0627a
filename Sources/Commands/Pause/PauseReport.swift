import KubernetesClient
package import SwiftletAPI

/// Which nodes stand still, or go on again, as far as their NodeInventories say.
package struct PauseReport: Sendable, Hashable {
  /// Nodes that did what was asked.
  package var done: [String] = []
  /// Nodes that haven't yet, although they can be reached.
  package var waiting: [String] = []
  /// Nodes that aren't Ready, or have no agent that is: nothing can be known of them, and an agent that lives on alone
  /// stops by itself when its turn ends.
  package var unreachable: [String] = []

  /// - Parameters:
  ///   - isPaused: what was asked for.
  ///   - nodes: by name, whether each can be reached; nil where nodes may not be read, and then all count as reachable.
  package init(isPaused: Bool, inventories: [NodeInventory], nodes: [String: Bool]?) {
    for inventory in inventories.sorted(by: { $0.key < $1.key }) {
      let name = inventory.key.name
      if Self.isDone(inventory, isPaused: isPaused) {
        done.append(name)
      } else if let nodes, nodes[name] != true {
        unreachable.append(name)
      } else {
        waiting.append(name)
      }
    }
  }

  /// Whether the agent has answered to a plan that says so, and nothing is being done any more.
  private static func isDone(_ inventory: NodeInventory, isPaused: Bool) -> Bool {
    guard (inventory.spec.paused ?? false) == isPaused,
      let observed = inventory.status?.observedGeneration, observed >= (inventory.metadata.generation ?? 0)
    else { return false }
    guard isPaused else { return true }
    return !(inventory.images).values.contains { $0.state == .pulling || $0.state == .removing }
  }

  /// Whether every node that can be reached did what was asked.
  package var isComplete: Bool { waiting.isEmpty }

  /// `12 of 14 nodes stand still; waiting for a, b; 2 can't be reached: c, d`.
  package func words(_ verb: String) -> String {
    let total = done.count + waiting.count + unreachable.count
    var text = "\(done.count) of \(total) node\(total == 1 ? "" : "s") \(verb)"
    if !waiting.isEmpty { text += "; waiting for \(Self.list(waiting))" }
    if !unreachable.isEmpty { text += "; \(unreachable.count) can't be reached: \(Self.list(unreachable))" }
    return text
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(5).map { Escaping.visible($0) }.joined(separator: ", ") + (names.count > 5 ? ", …" : "")
  }
}
