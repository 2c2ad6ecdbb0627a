import KubernetesClient
import SwiftletAPI
import TestSupport

/// What a controller does for one node: grants while there is work, permits for what is left over.
struct ModelController {
  var desired: [String: PlannedImage] = [:]
  var isPaused = false
  var diskPressure = false
  var nextGrant = 1
  var uid = "node-1"
  var generator: SeededGenerator
  /// No shapes by chance: pulls at once, no pace.
  var isPlain = false

  init(seed: UInt64) { generator = SeededGenerator(seed: seed ^ 0xC0FF_EE) }

  /// Looks at the node's object and changes its plan.
  mutating func reconcile(_ node: inout ModelNode) {
    var object =
      node.inventory
      ?? NodeInventory(
        metadata: ObjectMeta(name: "node", uid: "object-\(node.order)", generation: 1),
        spec: NodeInventorySpec(nodeUID: uid))
    let before = object.spec
    object.spec.nodeUID = uid
    object.spec.images = desired.isEmpty ? nil : desired
    object.spec.paused = isPaused ? true : nil
    object.spec.diskPressure = diskPressure ? true : nil
    grant(&object, now: node.now)
    permit(&object, node: node)
    guard object.spec != before || node.inventory == nil else { return }
    object.metadata.generation = (object.metadata.generation ?? 0) + 1
    node.inventory = object
    node.deliver()
  }

  private mutating func grant(_ object: inout NodeInventory, now: Timestamp) {
    let status = object.status ?? NodeInventoryStatus()
    var grants = (object.spec.grants ?? []).filter {
      !(status.released ?? []).contains($0.id) && now < $0.until + .seconds(10)
    }
    let budgets = Set(desired.values.map(\.effectiveBudget)).sorted()
    for budget in budgets where !isPaused {
      let hasWork = desired.contains { name, planned in
        guard planned.effectiveBudget == budget, !planned.isOnHold else { return false }
        guard let image = status.images?[name] else { return true }
        if let retryAt = image.retryAt, now < retryAt { return false }
        if image.state != .present { return true }
        guard let freshAfter = planned.freshAfter else { return false }
        return image.checkedAt.map { $0 < freshAfter } ?? true
      }
      guard hasWork else { continue }
      if let index = grants.firstIndex(where: { $0.budget == budget }) {
        if grants[index].until < now + .seconds(60), isPlain || Bool.random(using: &generator) {
          grants[index].until = now + .seconds(120)
        }
        continue
      }
      grants.append(makeGrant(budget, now: now))
    }
    object.spec.grants = grants.isEmpty ? nil : grants
  }

  private mutating func makeGrant(_ budget: String, now: Timestamp) -> Grant {
    var grant = Grant(id: "g\(nextGrant)", budget: budget, until: now + .seconds(120), pulls: 1)
    nextGrant += 1
    grant.backoff = BackoffSpec(initial: "1s", max: "30s")
    guard !isPlain else { return grant }
    grant.until = now + .milliseconds(Int.random(in: 500...120_000, using: &generator))
    grant.pulls = Int.random(in: 1...3, using: &generator)
    if Int.random(in: 0..<3, using: &generator) == 0 {
      grant.registries = ["docker.io": Int.random(in: 0...1, using: &generator), "b.test": 1]
    }
    if Int.random(in: 0..<3, using: &generator) == 0 {
      grant.pacing = StartPacing(everyMilliseconds: 3000, offsetMilliseconds: 500)
    }
    return grant
  }

  private func permit(_ object: inout NodeInventory, node: ModelNode) {
    var permits: [String: RemovalPermit] = [:]
    for (name, image) in object.status?.images ?? [:] where desired[name] == nil && !isPaused {
      guard image.origin == .pulled, image.retention != .retain else { continue }
      if let old = object.spec.removals?[name], node.now < old.until { permits[name] = old }
      if let retryAt = image.retryAt, node.now < retryAt { continue }
      if permits[name] == nil { permits[name] = RemovalPermit(until: node.now + .seconds(120)) }
    }
    object.spec.removals = permits.isEmpty ? nil : permits
  }
}
