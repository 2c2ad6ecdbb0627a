#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
import KubernetesClient
import Logging
import Metrics
import Observability
import ServiceLifecycle
import UnixSignals

/// How a long-running command starts and ends.
enum Process {
  /// Sets up logs and metrics; to be called once.
  static func start(
    _ flags: LoggingFlags, _ kubeFledged: KubeFledgedFlags? = nil, label: String
  ) throws -> (logger: Logger, metrics: PrometheusRegistry) {
    let onTerminal = Terminal.isTerminal(.standardError)
    try flags.options(.process, onTerminal: onTerminal, otherwise: kubeFledged?.level).bootstrap()
    let metrics = PrometheusRegistry()
    MetricsSystem.bootstrap(metrics)
    let logger = Logger(label: label)
    if kubeFledged != nil { KubeFledgedFlags.notice(.process, logger: logger) }
    return (logger, metrics)
  }

  /// Runs a service until it ends, or until SIGTERM or SIGINT shuts it down. A second signal ends the process at once.
  ///
  /// - Parameters:
  ///   - client: closed at the end.
  ///   - shutdownLimit: after so long a graceful shutdown is cut short.
  static func run(
    _ service: some Service, client: KubernetesClient?, shutdownLimit: Duration, logger: Logger
  ) async throws {
    var configuration = ServiceGroupConfiguration(services: [service], logger: logger)
    configuration.maximumGracefulShutdownDuration = shutdownLimit
    let group = ServiceGroup(configuration: configuration)
    var build: Logger.Metadata = ["version": "\(BuildInformation.version)"]
    if let commit = BuildInformation.commit { build["commit"] = "\(commit)" }
    logger.notice("starting", metadata: build)
    let result = await outcome(of: group, logger: logger)
    await close(client, logger: logger)
    do {
      try result.get()
    } catch {
      throw CommandFailure("Stopped: \(error)")
    }
    logger.notice("stopped")
  }

  /// Does one thing that ends by itself.
  static func once(
    client: KubernetesClient, logger: Logger, _ body: @escaping @Sendable () async throws -> Void
  ) async throws {
    let result: Result<Void, any Error>
    do {
      try await body()
      result = .success(())
    } catch {
      result = .failure(CommandFailure("It didn't work: \(error)"))
    }
    await close(client, logger: logger)
    try result.get()
  }

  private static func close(_ client: KubernetesClient?, logger: Logger) async {
    do {
      try await client?.shutdown()
    } catch {
      logger.debug("the client's connections weren't closed", metadata: ["error": "\(error)"])
    }
  }

  private static func outcome(of group: ServiceGroup, logger: Logger) async -> Result<Void, any Error> {
    await withTaskGroup(of: Result<Void, any Error>?.self) { tasks in
      tasks.addTask {
        do {
          try await group.run()
          return .success(())
        } catch {
          return .failure(error)
        }
      }
      tasks.addTask {
        await obeySignals(group, logger: logger)
        return nil
      }
      tasks.addTask {
        do {
          try await Task.sleep(for: ProcessMemory.startIsOver)
          ProcessMemory.forgetStart()
        } catch {
          // The service has ended.
        }
        return nil
      }
      for await result in tasks {
        guard let result else { continue }
        tasks.cancelAll()
        return result
      }
      return .success(())
    }
  }

  private static func obeySignals(_ group: ServiceGroup, logger: Logger) async {
    var isFirst = true
    for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
      guard isFirst else { exit(128 + signal.rawValue) }
      isFirst = false
      logger.notice("shutting down; another signal ends the process at once", metadata: ["signal": "\(signal)"])
      await group.triggerGracefulShutdown()
    }
  }
}
