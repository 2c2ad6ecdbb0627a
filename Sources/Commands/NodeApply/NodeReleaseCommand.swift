import Agent
package import ArgumentParser
import ContainerRuntime
import Logging
import Observability
import ServiceLifecycle
import Synchronization
import UnixSignals

/// `swiftlet node release`.
package struct NodeReleaseCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "release",
    abstract: "Take Swiftlet's marks off this machine: unpin what it pinned, and forget the ledger.",
    discussion: """
      For a machine that Swiftlet leaves; images stay. It waits until the agent on this machine has ended, and does \
      nothing where there is no ledger. Ends with 0 when no pin of Swiftlet's is left; with 1 when one couldn't be taken \
      back, or the ledger can't be read; with 3 when the runtime can't be reached; with 5 when another Swiftlet still \
      works on this machine; with 64 for a wrong flag. What is left then can be tried again.
      """)

  @OptionGroup(title: "Machine")
  package var machine: LocalRuntime

  @Option(help: ArgumentHelp("How long to wait for the runtime and for an agent to end.", valueName: "duration"))
  package var timeout: DurationArgument = DurationArgument(.seconds(60))

  @Flag(
    help: ArgumentHelp(
      "Serve the agent's probes, be ready once that is done, and wait to be stopped: for a pod in the agent's place."))
  package var stay = false

  @OptionGroup(title: "Logging")
  package var logging: LoggingFlags

  package init() {}

  package func validate() throws {
    try logging.checkForTool()
  }

  package func run() async throws {
    let environment = Environment.process
    try logging.bootstrapTool(environment, level: .warning)
    let logger = Logger(label: "swiftlet.node")
    do {
      if stay {
        try await releaseAndStay(environment, logger: logger)
      } else {
        try await release(environment, logger: logger)
      }
    } catch let error as RuntimeMissing {
      say(error.message)
      throw ExitCode(3)
    } catch let problem as NodeRelease.Problem {
      say(problem.description)
      if case .locked = problem { throw ExitCode(5) }
      throw ExitCode(1)
    }
  }

  private func release(_ environment: Environment, logger: Logger) async throws {
    let release = NodeRelease(ledgerPath: machine.ledgerPath(environment), logger: logger) {
      do {
        return try await machine.connect(environment, patience: timeout.duration, logger: logger)
      } catch {
        throw RuntimeMissing(message: "\(error)")
      }
    }
    let summary = try await release.run(patience: timeout.duration)
    var words = "\(summary.unpinned.count) unpinned"
    if summary.vanished > 0 { words += ", \(summary.vanished) gone already" }
    Terminal.write(words + "\n")
    for (id, message) in summary.failures.sorted(by: { $0.key < $1.key }) { say("not unpinned: \(id): \(message)") }
    if !summary.isComplete { throw ExitCode(1) }
  }

  /// In the agent's place, with the agent's probes: ready once the marks are off.
  private func releaseAndStay(_ environment: Environment, logger: Logger) async throws {
    let isDone = Atomic(false)
    var services: [any Service] = []
    let argument: AddressArgument? = try environment.value("SWIFTLET_ADMIN_BIND_ADDRESS")
    if let address = argument.map(\.address) ?? ListenAddress(port: AdminPort.agent) {
      let routes = AdminRoutes(
        health: { nil }, readiness: { isDone.load(ordering: .relaxed) ? nil : "pins are being taken back" })
      services.append(AdminServer(address: address, routes: routes, logger: logger))
    }
    services.append(
      ClosureService {
        try await release(environment, logger: logger)
        isDone.store(true, ordering: .relaxed)
        try await gracefulShutdown()
      })
    let configuration = ServiceGroupConfiguration(
      services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    try await ServiceGroup(configuration: configuration).run()
  }

  private func say(_ message: String) {
    Terminal.write("swiftlet: \(Escaping.visible(message))\n", to: .standardError)
  }

  private struct RuntimeMissing: Error {
    let message: String
  }
}
