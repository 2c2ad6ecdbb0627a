import Agent
package import ArgumentParser
import ContainerRuntime
import KubernetesClient
import KubernetesRuntime
import Logging
import Observability
import ServiceLifecycle
import SwiftletAPI

/// `swiftlet agent`.
package struct AgentCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "agent",
    abstract: "Carry out one node's plan on its container runtime.",
    discussion: """
      Runs on each node until it is told to stop. Each flag can be given by an environment variable instead: SWIFTLET_ \
      and the flag's name in upper case, such as SWIFTLET_RUNTIME_ENDPOINT; the node's name also by NODE_NAME.
      """)

  @OptionGroup(title: "Cluster")
  package var connection: ConnectionOptions

  @Option(help: ArgumentHelp("The node that this agent serves. (default: NODE_NAME)", valueName: "name"))
  package var nodeName: String?

  @Option(
    help: ArgumentHelp(
      "The runtime's socket, unix:///…; found by looking in the usual places otherwise.", valueName: "endpoint"))
  package var runtimeEndpoint: String?

  @Option(
    help: ArgumentHelp(
      "The file in which is kept what was pulled. (default: \(AgentConfiguration.defaultLedgerPath))",
      valueName: "file"))
  package var ledger: String?

  @Option(help: ArgumentHelp("The folder under which the node's root is mounted; / otherwise.", valueName: "folder"))
  package var hostRoot: String?

  @Option(
    help: ArgumentHelp(
      "How full pulls may make the image file system, in percent. (default: \(DiskLimits.standard.maxUsedPercent))",
      valueName: "percent"))
  package var maxDiskUsage: PercentArgument?

  @Option(
    help: ArgumentHelp(
      "Where probes and metrics are served; 0 for nowhere. (default: :\(AdminPort.agent))", valueName: "address"))
  package var adminBindAddress: AddressArgument?

  @OptionGroup(title: "Credentials as the kubelet gets them")
  package var credentialPlugins: CredentialPluginOptions

  @OptionGroup(title: "Logging")
  package var logging: LoggingFlags

  package init() {}

  package func validate() throws {
    _ = try agentConfiguration(.process)
    _ = try admin(.process)
    _ = try logging.options(.process, onTerminal: false)
  }

  func agentConfiguration(_ environment: Environment) throws -> AgentConfiguration {
    guard let name = nodeName ?? environment.text("SWIFTLET_NODE_NAME") ?? environment.text("NODE_NAME") else {
      throw ValidationError("The node's name is needed: --node-name, or the variable NODE_NAME.")
    }
    let endpoint = runtimeEndpoint ?? environment.text("SWIFTLET_RUNTIME_ENDPOINT")
    if let endpoint {
      do {
        _ = try RuntimeEndpoint(parsing: endpoint)
      } catch {
        throw ValidationError("\(error)")
      }
    }
    let maxUsed: PercentArgument? = try maxDiskUsage ?? environment.value("SWIFTLET_MAX_DISK_USAGE")
    return AgentConfiguration(
      nodeName: name, runtimeEndpoint: endpoint,
      ledgerPath: ledger ?? environment.text("SWIFTLET_LEDGER") ?? AgentConfiguration.defaultLedgerPath,
      hostRoot: hostRoot ?? environment.text("SWIFTLET_HOST_ROOT"), version: BuildInformation.version,
      diskLimits: maxUsed.map { DiskLimits(maxUsedPercent: $0.percent) } ?? .standard,
      namespace: environment.text("SWIFTLET_NAMESPACE") ?? environment.text("POD_NAMESPACE")
        ?? SwiftletGroup.systemNamespace,
      credentialPlugins: try credentialPlugins.place(environment))
  }

  func admin(_ environment: Environment) throws -> ListenAddress? {
    let argument =
      try adminBindAddress ?? environment.value("SWIFTLET_ADMIN_BIND_ADDRESS")
      ?? AddressArgument(ListenAddress(port: AdminPort.agent))
    return argument.address
  }

  package func run() async throws {
    let configuration = try agentConfiguration(.process)
    let address = try admin(.process)
    let (logger, metrics) = try Process.start(logging, label: "swiftlet.agent")
    let client = try connection.client(logger: logger)
    let service = NodeService(
      configuration: configuration, adminAddress: address, client: client, metrics: metrics, logger: logger)
    try await Process.run(service, client: client, shutdownLimit: .seconds(12), logger: logger)
  }
}
