#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
package import KubernetesClient
import KubernetesRuntime
package import Logging
package import Observability
import Planning
import ServiceLifecycle

/// The controller as one service: informers, leader election, planning, and the admin servers.
///
/// Graceful shutdown ends the workers, then releases the lease, then writes the last events and stops the rest.
package struct OperatorService: Service, CustomStringConvertible {
  private let configuration: OperatorConfiguration
  private let client: KubernetesClient
  private let metrics: PrometheusRegistry
  private let logger: Logger

  /// - Parameters:
  ///   - client: stays open; its owner shuts it down.
  ///   - metrics: what `/metrics` shows.
  package init(
    configuration: OperatorConfiguration, client: KubernetesClient, metrics: PrometheusRegistry, logger: Logger
  ) {
    self.configuration = configuration
    self.client = client
    self.metrics = metrics
    self.logger = logger
  }

  package var description: String { "controller" }

  package func run() async throws {
    OperatorMetrics.register()
    let informers = ClusterInformers(
      client: client, namespace: configuration.namespace, frontEnds: configuration.frontEnds,
      usesJobs: configuration.jobs != nil, logger: logger)
    let router = ChangeRouter()
    informers.report(to: router)
    let events = EventRecorder(
      client: client, controller: "swiftlet.dev/controller", instance: configuration.identity, logger: logger)
    let start = ContinuousClock.now
    var jobs: JobsExecution?
    if let configured = configuration.jobs, let stores = informers.jobStores {
      jobs = JobsExecution(configuration: configured, stores: stores)
    }
    let session = LeaderSession(
      api: client, namespace: configuration.namespace, stores: informers.stores,
      frontEnds: frontEnds(informers), router: router, events: events, jobs: jobs, workers: configuration.workers,
      now: { Instant(Timestamp(Date())) }, elapsed: { ContinuousClock.now - start }, logger: logger)

    var services: [any Service] = []
    if let address = configuration.metricsAddress {
      let routes = AdminRoutes(metrics: AdminRoutes.metrics(of: metrics))
      services.append(AdminServer(address: address, routes: routes, logger: logger))
    }
    let leading = leading(session, informers: informers)
    if let address = configuration.healthAddress {
      let health = StuckLeadership(status: leading.status)
      let routes = AdminRoutes(health: { health.problem }, readiness: { informers.missing })
      services.append(AdminServer(address: address, routes: routes, logger: logger))
    }
    services += informers.services
    services.append(events)
    services.append(leading.service)
    let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: logger))
    try await group.run()
  }

  private func frontEnds(_ informers: ClusterInformers) -> [any FrontEndRunning] {
    var frontEnds: [any FrontEndRunning] = [runner(ImageSetFrontEnd(), informers.sets)]
    if let caches = informers.caches {
      frontEnds.append(runner(ImageCacheFrontEnd(rules: configuration.imageCaches), caches))
    }
    return frontEnds
  }

  private func runner<F: FrontEnd>(_ frontEnd: F, _ informer: Informer<F.Resource>) -> FrontEndRunner<F> {
    FrontEndRunner(frontEnd, store: informer.store) { informer.availability.isAvailable }
  }

  private func leading(
    _ session: LeaderSession, informers: ClusterInformers
  ) -> (service: any Service, status: @Sendable () -> LeadershipStatus) {
    let logger = logger
    let notice = ExchangeNotice()
    let exchange = exchange(informers, notice: notice)
    guard configuration.electsLeader else {
      let alone = ClosureService {
        try await cancelWhenGracefulShutdown {
          try await informers.waitUntilSynced(logger: logger)
          try await session.run(mayWrite: { true })
        }
      }
      return (alone, { .leading })
    }
    // The pod's name alone isn't unique: a container that was restarted has the same.
    let random = String(UInt64.random(in: .min ... .max), radix: 16)
    let elector = LeaderElector(
      client: client, name: OperatorConfiguration.leaseName, namespace: configuration.namespace,
      identity: "\(configuration.identity)_\(random)", timing: configuration.leaderTiming, logger: logger,
      annotations: { notice.annotations }
    ) { term in
      try await informers.waitUntilSynced(logger: logger)
      try await session.run(mayWrite: { term.isValid }) { engine in
        await exchange?.run { node, images in
          term.isValid ? await engine.pullSecrets(of: node, for: images) : nil
        }
      }
    }
    return (elector, { elector.status })
  }

  private func exchange(_ informers: ClusterInformers, notice: ExchangeNotice) -> CredentialExchangeService? {
    guard configuration.electsLeader, let address = configuration.exchangeAddress else {
      logger.notice("no credentials are handed out: that needs the pod's address, a port and leader election")
      return nil
    }
    return CredentialExchangeService(
      address: address, api: client, namespace: configuration.namespace, agents: informers.agents.store, notice: notice,
      logger: logger)
  }
}
