package import ArgumentParser
import Agent
import ContainerRuntime
import KubernetesRuntime
import Logging

/// Which runtime and which ledger a command works with that runs on the machine itself.
package struct LocalRuntime: ParsableArguments {
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

  package init() {}

  package func validate() throws {
    guard let endpoint = runtimeEndpoint else { return }
    do {
      _ = try RuntimeEndpoint(parsing: endpoint)
    } catch {
      throw ValidationError("\(error)")
    }
  }

  func ledgerPath(_ environment: Environment) -> String {
    ledger ?? environment.text("SWIFTLET_LEDGER") ?? AgentConfiguration.defaultLedgerPath
  }

  func hostRoot(_ environment: Environment) -> String? { hostRoot ?? environment.text("SWIFTLET_HOST_ROOT") }

  /// The runtime, once it answers.
  ///
  /// - Parameter patience: how long it is looked for; a machine that just booted may still be starting it.
  /// - Throws: what spoke against it last.
  func connect(_ environment: Environment, patience: Duration, logger: Logger) async throws -> CRIRuntime {
    var options = CRIRuntimeOptions(logger: logger)
    options.hostRoot = hostRoot(environment) ?? ""
    let end = ContinuousClock.now + patience
    let backoff = Backoff(initial: .milliseconds(300), max: .seconds(2))
    for attempt in 1... {
      do {
        let runtime: CRIRuntime
        if let endpoint = runtimeEndpoint ?? environment.text("SWIFTLET_RUNTIME_ENDPOINT") {
          runtime = CRIRuntime(endpoint: try RuntimeEndpoint(parsing: endpoint), options: options)
        } else {
          runtime = try await CRIRuntime.connect(options: options)
        }
        _ = try await runtime.information()
        return runtime
      } catch {
        let delay = backoff.delay(attempt: attempt)
        guard ContinuousClock.now + delay < end else { throw error }
        try await Task.sleep(for: delay)
      }
    }
    throw CancellationError()
  }
}
