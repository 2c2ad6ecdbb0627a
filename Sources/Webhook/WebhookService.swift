import Certificates
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import KubernetesClient
package import Logging
package import Observability
import ServiceLifecycle

/// The webhook server with its certificate, probes and metrics.
package struct WebhookService: Service, CustomStringConvertible {
  private let configuration: WebhookConfiguration
  private let store: (any CertificateStore)?
  private let metrics: PrometheusRegistry
  private let logger: Logger

  /// - Parameters:
  ///   - store: where certificates are kept; not used where the configuration names files.
  ///   - metrics: what `/metrics` shows.
  package init(
    configuration: WebhookConfiguration, store: (any CertificateStore)?, metrics: PrometheusRegistry, logger: Logger
  ) {
    self.configuration = configuration
    self.store = store
    self.metrics = metrics
    self.logger = logger
  }

  package var description: String { "webhook server" }

  package func run() async throws {
    WebhookMetrics.register()
    let served = ServedIdentity()
    var services: [any Service] = []
    if let address = configuration.adminAddress {
      services.append(AdminServer(address: address, routes: routes(served), logger: logger))
    }
    if let files = configuration.files {
      services.append(
        CertificateFiles(certificate: files.certificate, key: files.key, served: served, logger: logger))
    } else if let store {
      let rotation = CertificateRotation(names: configuration.names)
      services.append(CertificateKeeper(store: store, rotation: rotation, served: served, logger: logger))
    }
    services.append(WebhookServer(address: configuration.address, served: served, logger: logger))
    try await ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: logger)).run()
  }

  private func routes(_ served: ServedIdentity) -> AdminRoutes {
    let metrics = AdminRoutes.metrics(of: metrics)
    return AdminRoutes(
      health: { nil },
      readiness: {
        guard let facts = served.facts else { return "there is no certificate yet" }
        let holds = facts.validity.contains(Timestamp(Date()))
        return holds ? nil : "the certificate holds until \(facts.validity.until)"
      },
      metrics: {
        WebhookMetrics.record(certificateUntil: served.facts?.validity.until)
        return await metrics()
      })
  }
}
