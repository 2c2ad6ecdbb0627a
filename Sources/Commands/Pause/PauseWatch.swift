import KubernetesClient
import KubernetesRuntime
import Logging
import Operator
import SwiftletAPI

/// Waits until the nodes did what a pause or its end asks for. Watches, and never polls.
struct PauseWatch: Sendable {
  let client: KubernetesClient
  let namespace: String
  let isPaused: Bool
  let timeout: Duration
  let logger: Logger

  /// - Returns: what was last seen, not complete where the time ran out; nil where nothing could be.
  func run() async throws -> PauseReport? {
    let inventories = Informer(client: client, type: NodeInventory.self, logger: logger)
    let nodes = Informer(client: client, type: Node.self, logger: logger)
    let agents = Informer(
      client: client, type: Pod.self, scope: .namespace(namespace), labelSelector: AgentPods.labelSelector,
      logger: logger)
    let (changes, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    inventories.observe { _ in signal.yield() }
    nodes.observe { _ in signal.yield() }
    agents.observe { _ in signal.yield() }
    nodes.observeAvailability { _ in signal.yield() }
    agents.observeAvailability { _ in signal.yield() }
    @Sendable func report() -> PauseReport? {
      guard inventories.store.isSynced else { return nil }
      return PauseReport(isPaused: isPaused, inventories: inventories.store.all, nodes: Self.reachable(nodes, agents))
    }
    return try await withThrowingTaskGroup(of: PauseReport?.self) { group in
      group.addTask {
        try await inventories.run()
        return nil
      }
      group.addTask {
        try await nodes.run()
        return nil
      }
      group.addTask {
        try await agents.run()
        return nil
      }
      group.addTask {
        for await _ in changes {
          guard nodes.availability != .pending, agents.availability != .pending, let report = report() else { continue }
          if report.isComplete { return report }
        }
        return nil
      }
      group.addTask {
        try await Task.sleep(for: timeout)
        return report()
      }
      defer { group.cancelAll() }
      while let result = try await group.next() {
        if let result { return result }
      }
      return report()
    }
  }

  /// By node, whether it is Ready and has an agent that is; nil where that may not be read.
  private static func reachable(_ nodes: Informer<Node>, _ agents: Informer<Pod>) -> [String: Bool]? {
    guard nodes.store.isSynced else { return nil }
    let withAgent = Set(agents.store.all.filter(AgentPods.isUp).compactMap { $0.spec?.nodeName })
    var reachable: [String: Bool] = [:]
    for node in nodes.store.all {
      let hasAgent = !agents.store.isSynced || withAgent.contains(node.key.name)
      let isReady = (node.status?.conditions ?? []).contains { $0.type == "Ready" && $0.status == .yes }
      reachable[node.key.name] = isReady && hasAgent
    }
    return reachable
  }
}
