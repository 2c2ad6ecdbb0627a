package import ContainerRuntime
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
package import KubernetesClient
package import Logging
import ServiceLifecycle

/// The agent of one node: carries out the node's plan on its container runtime, and tells what is there.
///
/// Everything is decided by an `AgentState`; this reads the clock, runs what the state asks for, and hands the
/// results back. On a graceful shutdown it stops its pulls, gives its turns back with a last status, stores the
/// ledger, and ends.
package struct AgentService: Service, CustomStringConvertible {
  package let configuration: AgentConfiguration
  /// For the probes.
  package let health: AgentHealth

  private let runtime: any ImageRuntime
  private let plans: any PlanSource
  private let sink: any StatusSink
  private let credentials: any CredentialSource
  private let logger: Logger

  package init(
    configuration: AgentConfiguration, runtime: any ImageRuntime, plans: any PlanSource, sink: any StatusSink,
    credentials: any CredentialSource = NoCredentials(), health: AgentHealth = AgentHealth(), logger: Logger
  ) {
    self.configuration = configuration
    self.runtime = runtime
    self.plans = plans
    self.sink = sink
    self.credentials = credentials
    self.health = health
    var logger = logger
    logger[metadataKey: "k8s.node.name"] = "\(configuration.nodeName)"
    self.logger = logger
  }

  /// The agent of a node of a cluster.
  package init(
    configuration: AgentConfiguration, runtime: any ImageRuntime, client: KubernetesClient,
    health: AgentHealth = AgentHealth(), logger: Logger
  ) {
    let inventory = KubernetesInventory(client: client, nodeName: configuration.nodeName, logger: logger)
    self.init(
      configuration: configuration, runtime: runtime, plans: inventory, sink: inventory,
      credentials: ExchangeClient(
        client: client, namespace: configuration.namespace, tokenPath: configuration.exchangeTokenPath),
      health: health, logger: logger)
  }

  package var description: String { "agent of \(configuration.nodeName)" }

  /// Runs until shutdown.
  ///
  /// - Throws: only when the task is cancelled. What goes wrong on the node or at the server is retried, and shown.
  package func run() async throws {
    prepareFolder()
    guard let lock = try await cancelWhenGracefulShutdown({ try await acquireLock() }) else { return }
    let store = LedgerStore(path: configuration.ledgerPath)
    let loaded = store.load()
    if let problem = loaded.problem {
      logger.error("the ledger can't be used", metadata: ["problem": "\(problem)"])
    }
    let plugins = configuration.credentialPlugins.map { CredentialPlugins($0) }
    if let problem = plugins?.problem {
      logger.error("the credential plugins can't be used", metadata: ["problem": "\(problem)"])
    } else if let plugins {
      logger.info("uses credential plugins", metadata: ["plugins": "\(plugins.names.joined(separator: ","))"])
    }
    let mailbox = EventMailbox()
    let loop = AgentLoop(
      configuration: configuration, plans: plans, sink: sink, store: store, health: health, mailbox: mailbox,
      operations: RuntimeOperations(
        runtime: runtime, credentials: credentials, plugins: plugins, mailbox: mailbox, logger: logger),
      logger: logger)
    await withGracefulShutdownHandler {
      await loop.run(loaded)
    } onGracefulShutdown: {
      mailbox.post(.shutdown)
    }
    withExtendedLifetime(lock) {}
    try Task.checkCancellation()
  }

  private func prepareFolder() {
    let folder = URL(filePath: configuration.ledgerPath).deletingLastPathComponent().path
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      logger.warning("the ledger's folder can't be made", metadata: ["error": "\(error)"])
    }
  }

  /// The lock; a hold on nothing where there can't be one, which doesn't keep the agent from working; nil on
  /// shutdown.
  private func acquireLock() async throws -> Held? {
    do {
      return Held(lock: try await AgentLock.acquire(beside: configuration.ledgerPath, logger: logger))
    } catch let failure as FileFailure {
      logger.warning("works without a lock", metadata: ["error": "\(failure)"])
      return Held(lock: nil)
    } catch is CancellationError where !Task.isCancelled || Task.isShuttingDownGracefully {
      return nil
    }
  }

  private struct Held: Sendable {
    let lock: AgentLock?
  }
}
