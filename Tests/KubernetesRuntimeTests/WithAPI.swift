import KubernetesClient
import Logging
import TestSupport

/// A logger that keeps quiet unless something is badly wrong.
let quiet: Logger = {
  var logger = Logger(label: "test")
  logger.logLevel = .critical
  return logger
}()

/// Runs `body` with an API server in memory and a client of it that doesn't retry by itself.
func withAPI(_ body: (FakeAPI, KubernetesClient, ScriptedServer) async throws -> Void) async throws {
  let api = FakeAPI()
  try await ScriptedServer.with(script: api.script) { server in
    let client = try KubernetesClient(
      configuration: ClientConfiguration(server: server.url),
      options: ClientOptions(retry: RetryOptions(attempts: 1)), logger: quiet)
    do {
      try await body(api, client, server)
    } catch {
      try await client.shutdown()
      throw error
    }
    try await client.shutdown()
  }
}

/// Runs `service` beside `body`, and cancels it afterwards.
func running(
  _ services: [@Sendable () async throws -> Void], _ body: () async throws -> Void
) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    for service in services {
      group.addTask {
        do { try await service() } catch is CancellationError {}
      }
    }
    do {
      try await body()
    } catch {
      group.cancelAll()
      throw error
    }
    group.cancelAll()
    try await group.waitForAll()
  }
}
