import Agent
import ContainerRuntime
import Foundation
import KubernetesClient
import Logging
import OCI
import ServiceLifecycle
import Simulation

extension Timestamp {
  static var now: Timestamp { Timestamp(Date()) }
}

/// A folder that goes with the test.
struct TemporaryFolder: ~Copyable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "agent-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  var ledger: String { path + "/state/ledger.json" }

  deinit {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      print("\(path) stays: \(error)")
    }
  }
}

/// Runs an agent while `body` runs, and shuts it down gracefully then.
///
/// - Returns: how long the shutdown took.
@discardableResult
func withAgent(
  _ runtime: SimulatedRuntime, _ server: FakeServer, ledger: String, health: AgentHealth = AgentHealth(),
  _ body: () async throws -> Void
) async throws -> Duration {
  var logger = Logger(label: "agent")
  logger.logLevel = .critical
  let configuration = AgentConfiguration(
    nodeName: "node", ledgerPath: ledger, version: "1", shutdownDeadline: .seconds(5))
  let agent = AgentService(
    configuration: configuration, runtime: runtime, plans: server, sink: server, health: health, logger: logger)
  let services = ServiceGroup(
    configuration: .init(
      services: [.init(service: agent, successTerminationBehavior: .gracefullyShutdownGroup)],
      logger: logger))
  return try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await services.run() }
    let start: ContinuousClock.Instant
    do {
      try await body()
      start = .now
      await services.triggerGracefulShutdown()
    } catch {
      await services.triggerGracefulShutdown()
      group.cancelAll()
      throw error
    }
    try await group.waitForAll()
    return .now - start
  }
}
