import Observability
import SwiftletAPI

/// How one agent runs.
package struct AgentConfiguration: Sendable, Hashable {
  /// The node that the agent serves: its NodeInventory has the same name.
  package var nodeName: String
  /// The controller's namespace, where its leader's lease is.
  package var namespace: String
  /// The file with the token that the controller takes for its exchange.
  package var exchangeTokenPath: String
  /// Where the kubelet's credential-provider plugins are, if they are to be used.
  package var credentialPlugins: CredentialPluginPlace?
  /// Where the container runtime listens; found by probing where nil.
  package var runtimeEndpoint: String?
  /// Where the ledger is kept. It must outlive the agent's container.
  package var ledgerPath: String
  /// Where the node's root directory can be seen from here; nil for `/`.
  package var hostRoot: String?
  /// Swiftlet's version, for the status.
  package var version: String
  /// Where probes and metrics are served.
  package var adminPort: Int
  /// How full pulls may make the image file system.
  package var diskLimits: DiskLimits
  /// How long a shutdown may take to stop pulls and to write the last status.
  package var shutdownDeadline: Duration

  package static let defaultLedgerPath = "/var/lib/swiftlet/ledger.json"
  package static let defaultExchangeTokenPath = "/var/run/secrets/swiftlet/token"

  package init(
    nodeName: String, runtimeEndpoint: String? = nil, ledgerPath: String = AgentConfiguration.defaultLedgerPath,
    hostRoot: String? = nil, version: String, adminPort: Int = AdminPort.agent,
    diskLimits: DiskLimits = .standard, shutdownDeadline: Duration = .seconds(5),
    namespace: String = SwiftletGroup.systemNamespace,
    exchangeTokenPath: String = AgentConfiguration.defaultExchangeTokenPath,
    credentialPlugins: CredentialPluginPlace? = nil
  ) {
    self.nodeName = nodeName
    self.runtimeEndpoint = runtimeEndpoint
    self.ledgerPath = ledgerPath
    self.hostRoot = hostRoot
    self.version = version
    self.adminPort = adminPort
    self.diskLimits = diskLimits
    self.shutdownDeadline = shutdownDeadline
    self.namespace = namespace
    self.exchangeTokenPath = exchangeTokenPath
    self.credentialPlugins = credentialPlugins
  }
}
