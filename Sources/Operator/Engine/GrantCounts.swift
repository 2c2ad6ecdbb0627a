import Planning
import SwiftletAPI

/// Counts the grants that are in force, for metrics.
struct GrantCounts: Sendable {
  private struct Holding {
    var budget: String
    var until: Instant
  }

  private var byNode: [String: [Holding]] = [:]

  mutating func set(_ node: String, _ inventory: NodeInventory?) {
    let released = inventory?.released ?? []
    let holdings = (inventory?.spec.grants ?? []).filter { !released.contains($0.id) }.map {
      Holding(budget: $0.budget, until: Instant($0.until) + PullGrant.margin)
    }
    byNode[node] = holdings.isEmpty ? nil : holdings
  }

  func totals(now: Instant) -> [String: Int] {
    var totals: [String: Int] = [:]
    for holding in byNode.values.joined() where holding.until > now { totals[holding.budget, default: 0] += 1 }
    return totals
  }
}
