import Agent
import ContainerRuntime
import Foundation
import KubernetesClient
import Logging
import ServiceLifecycle
import SwiftletAPI
import Synchronization

/// A node's plan and status, kept in memory, with a turn to pull whenever something is missing and may be tried.
final class OneNode: PlanSource, StatusSink {
  private struct State {
    var inventory: NodeInventory
    var deliver: (@Sendable (NodeInventory?) -> Void)?
    var nextGrant = 1
  }

  private let state: Mutex<State>

  /// - Parameter images: to have, the most important first.
  init(images: [String]) {
    var spec = NodeInventorySpec(nodeUID: "uid")
    spec.images = Dictionary(
      uniqueKeysWithValues: images.enumerated().map { index, name in
        var planned = PlannedImage()
        planned.priority = Int32(images.count - index)
        return (name, planned)
      })
    let metadata = ObjectMeta(name: "node", uid: "object", generation: 2)
    state = Mutex(State(inventory: NodeInventory(metadata: metadata, spec: spec)))
  }

  var status: NodeInventoryStatus { state.withLock { $0.inventory.status ?? NodeInventoryStatus() } }

  func image(_ name: String) -> NodeImage? { status.images?[name] }

  func follow(_ deliver: @escaping @Sendable (NodeInventory?) -> Void) async throws {
    state.withLock { $0.deliver = deliver }
    grant()
    try await ContinuousClock().sleep(for: .seconds(3600))
  }

  func read() async throws(StatusFailure) -> NodeInventory? { state.withLock { $0.inventory } }

  func write(
    from old: NodeInventoryStatus, to new: NodeInventoryStatus
  ) async throws(StatusFailure) -> NodeInventoryStatus {
    state.withLock { $0.inventory.status = new }
    grant()
    return new
  }

  private func grant() {
    let now = Timestamp(Date())
    let (inventory, deliver) = state.withLock { state in
      let status = state.inventory.status ?? NodeInventoryStatus()
      let waits = (state.inventory.spec.images ?? [:]).keys.contains { name in
        guard let image = status.images?[name] else { return true }
        return image.state != .present && image.retryAt.map { now >= $0 } ?? true
      }
      let released = Set(status.released ?? [])
      if waits, (state.inventory.spec.grants ?? []).allSatisfy({ released.contains($0.id) }) {
        state.inventory.spec.grants = [
          Grant(id: "g\(state.nextGrant)", budget: "default", until: now + .seconds(600), pulls: 2)
        ]
        state.nextGrant += 1
        state.inventory.metadata.generation = (state.inventory.metadata.generation ?? 0) + 1
      }
      return (state.inventory, state.deliver)
    }
    deliver?(inventory)
  }

  /// Runs the node's agent on a containerd while `body` runs.
  func withAgent(_ containerd: Containerd, ledger: String, _ body: () async throws -> Void) async throws {
    var logger = Logger(label: "agent")
    logger.logLevel = .critical
    let agent = AgentService(
      configuration: AgentConfiguration(nodeName: "node", ledgerPath: ledger, version: "1"),
      runtime: try containerd.runtime(), plans: self, sink: self, logger: logger)
    let services = ServiceGroup(
      configuration: .init(
        services: [.init(service: agent, successTerminationBehavior: .gracefullyShutdownGroup)], logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await services.run() }
      do {
        try await body()
      } catch {
        group.cancelAll()
        throw error
      }
      await services.triggerGracefulShutdown()
      try await group.waitForAll()
    }
  }
}
