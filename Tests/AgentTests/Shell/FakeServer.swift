import Agent
import KubernetesClient
import SwiftletAPI
import Synchronization

/// One NodeInventory at a server, and a controller that gives a turn whenever there is work.
final class FakeServer: PlanSource, StatusSink {
  struct State {
    var inventory: NodeInventory?
    var writes = 0
    var nextGrant = 1
    var failuresToCome: [StatusFailure] = []
    var observers: [Int: @Sendable (NodeInventory?) -> Void] = [:]
    var nextObserver = 0
  }

  private let state: Mutex<State>
  /// How long a turn lasts; nil: no turns.
  let turn: Duration?

  init(images: [String], turn: Duration? = .seconds(60)) {
    var inventory = NodeInventory(
      metadata: ObjectMeta(name: "node", uid: "object", generation: 2), spec: NodeInventorySpec(nodeUID: "uid"))
    for name in images { inventory.spec.images = (inventory.spec.images ?? [:]).merging([name: PlannedImage()]) { $1 } }
    state = Mutex(State(inventory: inventory))
    self.turn = turn
  }

  var status: NodeInventoryStatus { state.withLock { $0.inventory?.status ?? NodeInventoryStatus() } }
  var writes: Int { state.withLock { $0.writes } }

  func image(_ name: String) -> NodeImage? { status.images?[name] }

  func failNext(_ failure: StatusFailure) { state.withLock { $0.failuresToCome.append(failure) } }

  /// Changes the object as the controller would.
  func change(_ body: (inout NodeInventorySpec) -> Void) {
    state.withLock { state in
      guard var inventory = state.inventory else { return }
      body(&inventory.spec)
      inventory.metadata.generation = (inventory.metadata.generation ?? 0) + 1
      state.inventory = inventory
    }
    publish()
  }

  func follow(_ deliver: @escaping @Sendable (NodeInventory?) -> Void) async throws {
    let id = state.withLock { state in
      state.nextObserver += 1
      state.observers[state.nextObserver] = deliver
      return state.nextObserver
    }
    publish()
    do {
      try await ContinuousClock().sleep(for: .seconds(3600))
    } catch {
      state.withLock { _ = $0.observers.removeValue(forKey: id) }
    }
  }

  func read() async throws(StatusFailure) -> NodeInventory? { state.withLock { $0.inventory } }

  func write(
    from old: NodeInventoryStatus, to new: NodeInventoryStatus
  ) async throws(StatusFailure) -> NodeInventoryStatus {
    let result = state.withLock { state -> Result<NodeInventoryStatus, StatusFailure> in
      if !state.failuresToCome.isEmpty { return .failure(state.failuresToCome.removeFirst()) }
      guard let inventory = state.inventory else { return .failure(.notFound) }
      do {
        let before = try JSONValue(encoding: inventory.status ?? NodeInventoryStatus())
        let patch = try StatusPatch.make(from: old, to: new)?["status"] ?? [:]
        let after: NodeInventoryStatus = try before.applying(mergePatch: patch).decoded()
        state.inventory?.status = after
        state.writes += 1
        return .success(after)
      } catch {
        return .failure(.failed(message: "\(error)", retryAfter: nil))
      }
    }
    grant()
    publish()
    return try result.get()
  }

  /// What the controller does once the status changed.
  private func grant() {
    guard let turn else { return }
    let now = Timestamp.now
    state.withLock { state in
      guard var inventory = state.inventory, inventory.spec.paused != true else { return }
      let status = inventory.status ?? NodeInventoryStatus()
      let waits = (inventory.spec.images ?? [:]).keys.contains { name in
        guard let image = status.images?[name] else { return true }
        return image.state != .present && image.retryAt.map { now >= $0 } ?? true
      }
      let live = (inventory.spec.grants ?? []).filter {
        now < $0.until && !(status.released ?? []).contains($0.id)
      }
      guard waits, live.isEmpty else { return }
      var grant = Grant(id: "g\(state.nextGrant)", budget: "default", until: now + turn, pulls: 1)
      grant.backoff = BackoffSpec(initial: "200ms", max: "400ms")
      state.nextGrant += 1
      inventory.spec.grants = [grant]
      inventory.metadata.generation = (inventory.metadata.generation ?? 0) + 1
      state.inventory = inventory
    }
  }

  private func publish() {
    let (inventory, observers) = state.withLock { ($0.inventory, Array($0.observers.values)) }
    for observer in observers { observer(inventory) }
  }
}
