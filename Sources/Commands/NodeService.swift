import Agent
import ContainerRuntime
import KubernetesClient
import KubernetesRuntime
import Logging
import Observability
import ServiceLifecycle

/// The agent and its admin server; waits for the node's runtime first.
struct NodeService: Service, CustomStringConvertible {
  let configuration: AgentConfiguration
  let adminAddress: ListenAddress?
  let client: KubernetesClient
  let metrics: PrometheusRegistry
  let logger: Logger

  var description: String { "agent of \(configuration.nodeName)" }

  func run() async throws {
    let health = AgentHealth()
    var services: [any Service] = []
    if let adminAddress {
      let routes = health.routes(metrics: AdminRoutes.metrics(of: metrics))
      services.append(AdminServer(address: adminAddress, routes: routes, logger: logger))
    }
    services.append(
      ClosureService {
        guard let runtime = try await cancelWhenGracefulShutdown({ try await findRuntime() }) else { return }
        let agent = AgentService(
          configuration: configuration, runtime: runtime, client: client, health: health, logger: logger)
        try await agent.run()
      })
    try await ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: logger)).run()
  }

  /// The runtime on this node: where the configuration says, or the first that answers in one of the usual places.
  ///
  /// - Returns: nil on shutdown.
  private func findRuntime() async throws -> CRIRuntime? {
    var options = CRIRuntimeOptions(logger: logger)
    options.hostRoot = configuration.hostRoot ?? ""
    if let endpoint = configuration.runtimeEndpoint {
      return CRIRuntime(endpoint: try RuntimeEndpoint(parsing: endpoint), options: options)
    }
    let backoff = Backoff(initial: .seconds(1), max: .seconds(30))
    var attempt = 0
    while !Task.isCancelled {
      do {
        let runtime = try await CRIRuntime.connect(options: options)
        logger.info("found the runtime", metadata: ["endpoint": "\(runtime.endpoint)"])
        return runtime
      } catch {
        logger.warning("no runtime yet; looking again", metadata: ["error": "\(error)"])
      }
      attempt += 1
      do {
        try await Task.sleep(for: backoff.delay(attempt: attempt))
      } catch {
        return nil
      }
    }
    return nil
  }
}
