package import ArgumentParser
import KubernetesRuntime
import Logging
import Observability
package import Operator
import SwiftletAPI

/// `swiftlet controller`.
package struct ControllerCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "controller",
    abstract: "Decide which node pulls, keeps and removes which images.",
    discussion: """
      Runs until it is told to stop. Of several replicas one plans; the others follow along and take over when it ends. \
      Each flag can be given by an environment variable instead: SWIFTLET_ and the flag's name in upper case, such as \
      SWIFTLET_LEADER_ELECT; the namespace also by POD_NAMESPACE.
      """)

  @OptionGroup(title: "Cluster")
  package var connection: ConnectionOptions

  @Option(
    help: ArgumentHelp(
      "Where the lease and the agents are. (default: POD_NAMESPACE, or swiftlet-system)", valueName: "name"))
  package var namespace: String?

  @Option(help: ArgumentHelp("Where metrics are served; 0 for nowhere. (default: :8080)", valueName: "address"))
  package var metricsBindAddress: AddressArgument?

  @Option(
    help: ArgumentHelp("Where the probes are served; 0 for nowhere. (default: :8081)", valueName: "address"))
  package var healthProbeBindAddress: AddressArgument?

  @Option(
    help: ArgumentHelp(
      "The port at POD_IP where agents get credentials; 0 for none. (default: \(CredentialExchange.defaultPort))",
      valueName: "port"))
  package var exchangePort: PortArgument?

  @Option(help: ArgumentHelp("Whether to compete for leadership. Without, run one replica only. (default: true)"))
  package var leaderElect: SwitchArgument?

  @Option(help: ArgumentHelp("After so long without renewal another replica leads. (default: 15s)"))
  package var leaderElectLeaseDuration: DurationArgument?

  @Option(help: ArgumentHelp("After so long without renewal a leader gives up. (default: 10s)"))
  package var leaderElectRenewDeadline: DurationArgument?

  @Option(help: ArgumentHelp("How often the lease is renewed or looked at. (default: 2s)"))
  package var leaderElectRetryPeriod: DurationArgument?

  @OptionGroup(title: "kube-fledged's ImageCaches")
  package var imageCaches: ImageCacheOptions

  @OptionGroup(title: "Jobs")
  package var jobs: JobOptions

  @OptionGroup(title: "Logging")
  package var logging: LoggingFlags

  @OptionGroup(title: "Logging as in kube-fledged")
  package var kubeFledged: KubeFledgedFlags

  package init() {}

  package func validate() throws {
    _ = try operatorConfiguration(.process)
    _ = try logging.options(.process, onTerminal: false)
  }

  /// - Throws: `ValidationError`.
  package func operatorConfiguration(_ environment: Environment) throws -> OperatorConfiguration {
    let lease =
      try leaderElectLeaseDuration ?? environment.value("SWIFTLET_LEADER_ELECT_LEASE_DURATION")
      ?? DurationArgument(.seconds(15))
    let renew =
      try leaderElectRenewDeadline ?? environment.value("SWIFTLET_LEADER_ELECT_RENEW_DEADLINE")
      ?? DurationArgument(.seconds(10))
    let retry =
      try leaderElectRetryPeriod ?? environment.value("SWIFTLET_LEADER_ELECT_RETRY_PERIOD")
      ?? DurationArgument(.seconds(2))
    guard lease.duration > renew.duration, renew.duration > retry.duration else {
      throw ValidationError(
        "The lease duration must be longer than the renew deadline, and that longer than the retry period.")
    }
    let elects = try leaderElect ?? environment.value("SWIFTLET_LEADER_ELECT") ?? .true
    let metrics =
      try metricsBindAddress ?? environment.value("SWIFTLET_METRICS_BIND_ADDRESS")
      ?? AddressArgument(ListenAddress(port: AdminPort.controllerMetrics))
    let health =
      try healthProbeBindAddress ?? environment.value("SWIFTLET_HEALTH_PROBE_BIND_ADDRESS")
      ?? AddressArgument(ListenAddress(port: AdminPort.controllerHealth))
    let port =
      try exchangePort ?? environment.value("SWIFTLET_EXCHANGE_PORT") ?? PortArgument(CredentialExchange.defaultPort)
    let ownNamespace = KubeFledgedFlags.namespace(namespace, environment) ?? SwiftletGroup.systemNamespace
    return OperatorConfiguration(
      namespace: ownNamespace,
      identity: environment.text("POD_NAME") ?? environment.text("HOSTNAME") ?? "controller",
      metricsAddress: metrics.address, healthAddress: health.address, electsLeader: elects == .true,
      leaderTiming: LeaderTiming(
        leaseDuration: lease.duration, renewDeadline: renew.duration, retryPeriod: retry.duration),
      exchangeAddress: port.number == 0
        ? nil : environment.text("POD_IP").map { ExchangeAddress(host: $0, port: port.number) },
      frontEnds: try imageCaches.frontEnds(environment), imageCaches: try imageCacheRules(environment),
      jobs: try jobs.configuration(environment, namespace: ownNamespace))
  }

  private func imageCacheRules(_ environment: Environment) throws -> ImageCacheRules {
    var rules = try imageCaches.rules(environment)
    rules.serviceAccountName = try jobs.serviceAccount(environment)
    return rules
  }

  package func run() async throws {
    let configuration = try operatorConfiguration(.process)
    let (logger, metrics) = try Process.start(logging, kubeFledged, label: "swiftlet.controller")
    let client = try connection.client(logger: logger)
    let service = OperatorService(configuration: configuration, client: client, metrics: metrics, logger: logger)
    try await Process.run(service, client: client, shutdownLimit: .seconds(25), logger: logger)
  }
}
