package import ArgumentParser
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import KubernetesClient
import Logging
import Observability
import SwiftletAPI

/// `swiftlet status`.
package struct StatusCommand: AsyncParsableCommand {
  package enum Output: String, CaseIterable, ExpressibleByArgument {
    case text, json
  }

  package static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show which images are where, what is on its way, and what fails.",
    discussion: """
      With --watch the picture follows what happens: redrawn in place on a terminal, and elsewhere one line for each \
      change (or one JSON document a line). --until-ready ends with 0 as soon as all the sets that are named, or all \
      there are, have their images on every node that can be worked on, and with 1 when --timeout has passed or it is \
      interrupted before. So a script can wait:

        kubectl apply -f set.yaml && swiftlet status my-set --until-ready --timeout 10m

      A set whose newest change the controller hasn't seen yet isn't ready. The fields of -o json are described in \
      docs/status.md; they are stable.
      """)

  @Argument(help: ArgumentHelp("The ImageSets to show; all of them where none is named.", valueName: "set"))
  package var sets: [String] = []

  @Flag(help: "Show the nodes too.")
  package var nodes = false

  @Flag(name: .shortAndLong, help: "Go on showing what changes, until interrupted.")
  package var watch = false

  @Flag(help: "Wait until the sets are ready; implies --watch.")
  package var untilReady = false

  @Option(help: ArgumentHelp("How long to wait, such as 10m; without end otherwise.", valueName: "duration"))
  package var timeout: DurationArgument?

  @Option(name: .shortAndLong, help: "The form of what is shown.")
  package var output: Output = .text

  @Option(
    help: ArgumentHelp(
      "Where Swiftlet is installed. (default: SWIFTLET_NAMESPACE, or \(SwiftletGroup.systemNamespace))",
      valueName: "name"))
  package var namespace: String?

  @OptionGroup(title: "Cluster")
  package var connection: ConnectionOptions

  @OptionGroup(title: "Logging")
  package var logging: LoggingFlags

  package init() {}

  package func validate() throws {
    if timeout != nil, !untilReady { throw ValidationError("--timeout is of use with --until-ready only.") }
    try logging.checkForTool()
  }

  package func run() async throws {
    let environment = Environment.process
    // What goes wrong is said in the output; only those who ask get more.
    try logging.bootstrapTool(environment, level: .critical)
    let logger = Logger(label: "swiftlet.status")
    try await connection.withClient(logger: logger) { client in
      try await show(client, environment: environment, logger: logger)
    }
  }

  private func show(_ client: KubernetesClient, environment: Environment, logger: Logger) async throws {
    let source = StatusSource(
      client: client, namespace: namespace ?? environment.text("SWIFTLET_NAMESPACE") ?? SwiftletGroup.systemNamespace,
      names: sets, withNodes: nodes)
    let isScreen = Terminal.isTerminal(.standardOutput) && environment.text("TERM") != "dumb"
    let colour = isScreen && environment.text("NO_COLOR") == nil
    // Also before watching: what is wrong with the connection is said at once, and not retried.
    let report = try await source.report()
    guard watch || untilReady else {
      switch output {
      case .json: Terminal.write(try JSONRenderer.text(report, indented: true) + "\n")
      case .text:
        let style = Style(width: isScreen ? Terminal.size?.width : nil, colour: colour)
        let lines = TextRenderer(style: style).lines(report, now: Timestamp(Date()))
        Terminal.write(lines.map { $0 + "\n" }.joined())
      }
      if report.missing != nil { throw ExitCode.failure }
      return
    }
    let form: StatusView.Form = output == .json ? .json : isScreen ? .screen : .lines
    let watch = StatusWatch(
      source: source, form: form, colour: colour, untilReady: untilReady, timeout: timeout?.duration, logger: logger)
    switch try await watch.run() {
    case .ready: return
    case .interrupted: if untilReady { throw ExitCode.failure }
    case .timedOut:
      throw CommandFailure("not ready within \(timeout?.defaultValueDescription ?? "the time allowed")")
    }
  }
}
