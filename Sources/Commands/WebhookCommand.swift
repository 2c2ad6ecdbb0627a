package import ArgumentParser
import KubernetesClient
import Logging
import Observability
import SwiftletAPI
package import Webhook

/// `swiftlet webhook`.
package struct WebhookCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "webhook",
    abstract: "Say what is wrong with ImageCaches, ImageSets and PullBudgets when they are written.",
    discussion: """
      Runs until it is told to stop. Makes its certificate itself, keeps it in a Secret that all replicas share, and says \
      in the ValidatingWebhookConfiguration whom to trust, unless --cert-file and --key-file name another's. Each flag \
      can be given by an environment variable instead: SWIFTLET_ and the flag's name in upper case, such as \
      SWIFTLET_SERVICE_NAME; the namespace also by POD_NAMESPACE.
      """)

  @OptionGroup(title: "Cluster")
  package var connection: ConnectionOptions

  @Option(
    help: ArgumentHelp(
      "Where the Service and the Secret are. (default: POD_NAMESPACE, or swiftlet-system)", valueName: "name"))
  package var namespace: String?

  @Option(
    help: ArgumentHelp(
      "The Service by which API servers connect. (default: \(WebhookConfiguration.defaultServiceName))",
      valueName: "name"))
  package var serviceName: String?

  @Option(
    help: ArgumentHelp(
      "The Secret with the certificates. (default: \(WebhookConfiguration.defaultSecretName))", valueName: "name"))
  package var secretName: String?

  @Option(
    help: ArgumentHelp(
      "The ValidatingWebhookConfiguration. (default: \(WebhookConfiguration.defaultConfigurationName))",
      valueName: "name"))
  package var webhookConfiguration: String?

  @Option(
    help: ArgumentHelp(
      "The port of reviews, with TLS. (default: \(WebhookConfiguration.defaultPort))", valueName: "port")
  )
  package var port: PortArgument?

  @Option(help: ArgumentHelp("A certificate that others keep, in PEM; read again when it changes.", valueName: "file"))
  package var certFile: String?

  @Option(help: ArgumentHelp("The key of --cert-file, in PEM.", valueName: "file"))
  package var keyFile: String?

  @Option(
    help: ArgumentHelp(
      """
      Make certificates, have them trusted, write them to --cert-file and --key-file where given, and end: for an init \
      container. (default: false)
      """))
  package var initServer: SwitchArgument?

  @Option(
    help: ArgumentHelp(
      "Where probes and metrics are served; 0 for nowhere. (default: :\(AdminPort.webhook))", valueName: "address"))
  package var adminBindAddress: AddressArgument?

  @OptionGroup(title: "Logging")
  package var logging: LoggingFlags

  @OptionGroup(title: "Logging as in kube-fledged")
  package var kubeFledged: KubeFledgedFlags

  package init() {}

  package func validate() throws {
    _ = try serverConfiguration(.process)
    _ = try logging.options(.process, onTerminal: false)
  }

  /// - Throws: `ValidationError`.
  package func serverConfiguration(_ environment: Environment) throws -> WebhookConfiguration {
    // kube-fledged's init container says the namespace in a variable of its own.
    var configuration = WebhookConfiguration(
      namespace: KubeFledgedFlags.namespace(namespace, environment) ?? environment.text("WEBHOOK_SERVER_NAME_SPACE")
        ?? SwiftletGroup.systemNamespace)
    configuration.serviceName =
      serviceName ?? environment.text("SWIFTLET_SERVICE_NAME") ?? environment.text("WEBHOOK_SERVER_SERVICE")
      ?? configuration.serviceName
    configuration.secretName = secretName ?? environment.text("SWIFTLET_SECRET_NAME") ?? configuration.secretName
    configuration.configurationName =
      webhookConfiguration ?? environment.text("SWIFTLET_WEBHOOK_CONFIGURATION")
      ?? environment.text("VALIDATING_WEBHOOK_CONFIG") ?? configuration.configurationName
    configuration.files = try files(environment)
    let port = try port ?? environment.value("SWIFTLET_PORT") ?? PortArgument(WebhookConfiguration.defaultPort)
    guard port.number > 0 else { throw ValidationError("The port must be from 1 to 65535.") }
    configuration.address.port = port.number
    if let admin: AddressArgument = try adminBindAddress ?? environment.value("SWIFTLET_ADMIN_BIND_ADDRESS") {
      configuration.adminAddress = admin.address
    }
    return configuration
  }

  private func files(_ environment: Environment) throws -> WebhookConfiguration.Files? {
    let certificate = (certFile ?? environment.text("SWIFTLET_CERT_FILE")).flatMap { $0.isEmpty ? nil : $0 }
    let key = (keyFile ?? environment.text("SWIFTLET_KEY_FILE")).flatMap { $0.isEmpty ? nil : $0 }
    switch (certificate, key) {
    case (nil, nil): return nil
    case (let certificate?, let key?): return WebhookConfiguration.Files(certificate: certificate, key: key)
    default: throw ValidationError("--cert-file and --key-file are needed together, or neither.")
    }
  }

  package func isInit(_ environment: Environment) throws -> Bool {
    try (initServer ?? environment.value("SWIFTLET_INIT_SERVER")) == .true
  }

  package func run() async throws {
    let configuration = try serverConfiguration(.process)
    let isInit = try isInit(.process)
    let (logger, metrics) = try Process.start(logging, kubeFledged, label: "swiftlet.webhook")
    // With a certificate from files nothing is asked of the cluster.
    guard configuration.files == nil || isInit else {
      let service = WebhookService(configuration: configuration, store: nil, metrics: metrics, logger: logger)
      try await Process.run(service, client: nil, shutdownLimit: .seconds(12), logger: logger)
      return
    }
    let client = try connection.client(logger: logger)
    let store = ClusterCertificateStore(
      client: client, namespace: configuration.namespace, secretName: configuration.secretName,
      configurationName: configuration.configurationName)
    if isInit {
      let setup = CertificateSetup(configuration: configuration, store: store, logger: logger)
      try await Process.once(client: client, logger: logger) { try await setup.run() }
      return
    }
    let service = WebhookService(configuration: configuration, store: store, metrics: metrics, logger: logger)
    try await Process.run(service, client: client, shutdownLimit: .seconds(12), logger: logger)
  }
}
