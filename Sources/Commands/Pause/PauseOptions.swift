package import ArgumentParser
import KubernetesClient
import Logging
import Observability
import SwiftletAPI

/// What `swiftlet pause` and `swiftlet resume` have in common.
package struct PauseOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where Swiftlet is installed. (default: SWIFTLET_NAMESPACE, or \(SwiftletGroup.systemNamespace))",
      valueName: "name"))
  package var namespace: String?

  @Option(
    help: ArgumentHelp("How long to wait for the nodes, such as 2m; 0s for not at all.", valueName: "duration"))
  package var timeout: PatienceArgument = PatienceArgument(.seconds(60))

  @OptionGroup(title: "Cluster")
  package var connection: ConnectionOptions

  @OptionGroup(title: "Logging")
  package var logging: LoggingFlags

  package init() {}

  func namespace(_ environment: Environment) -> String {
    namespace ?? environment.text("SWIFTLET_NAMESPACE") ?? SwiftletGroup.systemNamespace
  }

  /// Runs `body` with a client, and closes it.
  func withClient(_ body: (KubernetesClient, Logger) async throws -> Void) async throws {
    try logging.bootstrapTool(.process, level: .critical)
    let logger = Logger(label: "swiftlet.pause")
    try await connection.withClient(logger: logger) { client in try await body(client, logger) }
  }

  /// Waits for the nodes, and says how many followed.
  ///
  /// - Throws: `CommandFailure` where a node that can be reached hasn't.
  func follow(_ client: KubernetesClient, isPaused: Bool, verb: String, logger: Logger) async throws {
    guard timeout.duration > .zero else { return }
    let watch = PauseWatch(
      client: client, namespace: namespace(.process), isPaused: isPaused, timeout: timeout.duration, logger: logger)
    guard let report = try await watch.run() else {
      throw CommandFailure("It isn't known which nodes follow: NodeInventories can't be read here.")
    }
    let words = report.words(verb)
    guard report.isComplete else {
      throw CommandFailure(
        "\(words), after \(timeout.defaultValueDescription). Does the controller run? It holds as soon as it does.")
    }
    Terminal.write(words + "\n")
  }
}
