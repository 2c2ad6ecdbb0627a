#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
package import KubernetesClient
package import KubernetesRuntime
package import Logging

/// Hands out credentials to agents during one term of leadership: makes a certificate, serves, says where, and makes the
/// next certificate in time.
///
/// What goes wrong here is tried again; planning goes on without.
package struct CredentialExchangeService: Sendable {
  private static let backoff = Backoff(initial: .seconds(1), max: .seconds(30))

  private let address: ExchangeAddress
  private let api: any ClusterAPI
  private let namespace: String
  private let agents: Store<Pod>
  private let notice: ExchangeNotice
  private let logger: Logger

  /// - Parameter notice: told while the exchange can be reached.
  package init(
    address: ExchangeAddress, api: any ClusterAPI, namespace: String, agents: Store<Pod>, notice: ExchangeNotice,
    logger: Logger
  ) {
    self.address = address
    self.api = api
    self.namespace = namespace
    self.agents = agents
    self.notice = notice
    self.logger = logger
  }

  /// Serves until the task is cancelled.
  package func run(plans: @escaping CredentialDesk.Plans) async {
    ExchangeMetrics.register()
    let desk = CredentialDesk(
      identifier: AgentIdentifier(api: api, namespace: namespace, agents: agents, logger: logger),
      reader: PullSecretReader(api: api, logger: logger), accounts: AccountReader(api: api, logger: logger),
      plans: plans)
    await withDiscardingTaskGroup { group in
      group.addTask { await desk.run() }
      await serve(ExchangeServer(desk: desk, logger: logger))
      group.cancelAll()
    }
  }

  private func serve(_ server: ExchangeServer) async {
    var failures = 0
    while !Task.isCancelled {
      do {
        try await serveOnce(server)
        failures = 0
      } catch {
        guard !Task.isCancelled else { return }
        failures += 1
        logger.warning(
          "credentials can't be handed out; trying again", metadata: ["address": "\(address)", "error": "\(error)"])
        do {
          try await Task.sleep(for: Self.backoff.delay(attempt: failures))
        } catch {
          return
        }
      }
    }
  }

  /// Serves with one certificate, until it is half used up.
  private func serveOnce(_ server: ExchangeServer) async throws {
    let identity = try ExchangeIdentity(address: address.host, now: Timestamp(Date()))
    let time = TimeSource(ContinuousClock())
    defer { notice.withdraw() }
    _ = try await withDeadline(time.now + ExchangeIdentity.lifetime / 2, time: time) {
      try await server.run(at: address, as: identity) { port in
        let reachable = ExchangeAddress(host: address.host, port: port)
        notice.publish(address: "\(reachable)", certificate: identity.certificatePEM)
        logger.info("credentials are handed out", metadata: ["address": "\(reachable)"])
      }
    }
  }
}
