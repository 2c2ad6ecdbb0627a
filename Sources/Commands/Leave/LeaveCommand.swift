package import ArgumentParser
import Logging
import Observability
import SwiftletAPI

/// `swiftlet leave`.
package struct LeaveCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "leave",
    abstract: "Make this cluster ready for Swiftlet to be taken away.",
    discussion: """
      Ends the controllers, has each node's agent give up the pins that Swiftlet set, takes Swiftlet's finalizer off \
      ImageCaches, and deletes what Swiftlet made while it ran: Jobs in every namespace, NodeInventories, its Lease, a \
      pause. Images stay on the nodes, and so do ImageSets, PullBudgets and ImageCaches. The Helm chart runs this before \
      it is uninstalled. It can be run again.

      Nodes that haven't answered when --timeout has passed are left out, and said so: `swiftlet node release` on such a \
      machine takes its pins back later. Ends with 0 then too; with 1 when something couldn't be done at all.
      """)

  @Option(
    help: ArgumentHelp(
      "Where Swiftlet is installed. (default: SWIFTLET_NAMESPACE, POD_NAMESPACE, or \(SwiftletGroup.systemNamespace))",
      valueName: "name"))
  package var namespace: String?

  @Option(
    help: ArgumentHelp("How long the nodes may take, such as 2m; 0s leaves the pins.", valueName: "duration"))
  package var timeout: PatienceArgument = PatienceArgument(.seconds(90))

  @OptionGroup(title: "Cluster")
  package var connection: ConnectionOptions

  @OptionGroup(title: "Logging")
  package var logging: LoggingFlags

  package init() {}

  package func validate() throws {
    try logging.checkForTool()
  }

  package func run() async throws {
    let environment = Environment.process
    try logging.bootstrapTool(environment, level: .critical)
    let namespace =
      namespace ?? environment.text("SWIFTLET_NAMESPACE") ?? environment.text("POD_NAMESPACE")
      ?? SwiftletGroup.systemNamespace
    try await connection.withClient(logger: Logger(label: "swiftlet.leave")) { client in
      try await Leave(client: client, namespace: namespace, timeout: timeout.duration) { line in
        Terminal.write(line + "\n")
      }
      .run()
    }
  }
}
