import Observability

/// How one agent runs.
package struct AgentConfiguration: Sendable, Hashable {
  /// The node that the agent serves: its NodeInventory has the same name.
  package var nodeName: String
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
  /// How long a shutdown may take to stop pulls and to write the last status.
  package var shutdownDeadline: Duration

  package static let defaultLedgerPath = "/var/lib/swiftlet/ledger.json"

  package init(
    nodeName: String, runtimeEndpoint: String? = nil, ledgerPath: String = AgentConfiguration.defaultLedgerPath,
    hostRoot: String? = nil, version: String, adminPort: Int = AdminPort.agent,
    shutdownDeadline: Duration = .seconds(5)
  ) {
    self.nodeName = nodeName
    self.runtimeEndpoint = runtimeEndpoint
    self.ledgerPath = ledgerPath
    self.hostRoot = hostRoot
    self.version = version
    self.adminPort = adminPort
    self.shutdownDeadline = shutdownDeadline
  }
}
