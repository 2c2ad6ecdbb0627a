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

/// `swiftlet migrate check`.
package struct MigrateCheckCommand: AsyncParsableCommand {
  package enum Output: String, CaseIterable, ExpressibleByArgument {
    case text, json
  }

  package static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say what of kube-fledged is taken over, what changes and what can't be. Changes nothing.",
    discussion: """
      Looks at the cluster, or at files that say what is in one: ImageCaches, and where they are among them Nodes, \
      Deployments, ValidatingWebhookConfigurations, ClusterRoleBindings, Jobs, KubeFledgeds and the definition. Names \
      what stands in the way with the commands that help, in the order in which to run them, and shows what would be \
      pulled where before anything is.

      Ends with 0 when nothing stands in the way, with 2 when something is to be done first or couldn't be looked at, \
      with 1 when the cluster can't be reached or a file can't be read, and with 64 for a wrong flag.
      """)

  @OptionGroup
  package var source: MigrateSource

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where Swiftlet is, or will be. (default: SWIFTLET_NAMESPACE, or \(SwiftletGroup.systemNamespace))",
      valueName: "name"))
  package var namespace: String?

  @Option(name: .shortAndLong, help: "The form of what is shown.")
  package var output: Output = .text

  @OptionGroup(title: "Logging")
  package var logging: LoggingFlags

  package init() {}

  package func validate() throws {
    try logging.checkForTool()
  }

  package func run() async throws {
    let environment = Environment.process
    try logging.bootstrapTool(environment, level: .critical)
    let namespace = namespace ?? environment.text("SWIFTLET_NAMESPACE") ?? SwiftletGroup.systemNamespace
    if source.files.isEmpty {
      try await source.connection.withClient(logger: Logger(label: "swiftlet.migrate")) { client in
        try show(try await ClusterSurvey(client: client, namespace: namespace).survey(), namespace, environment)
      }
    } else {
      let survey: Survey
      do throws(ManifestProblems) {
        survey = try Survey(try ManifestDocument.read(source.files), namespace: "default")
      } catch {
        throw MigrateExit.fail(error)
      }
      try show(survey, namespace, environment)
    }
  }

  private func show(_ survey: Survey, _ namespace: String, _ environment: Environment) throws {
    let report = MigrationReport(survey, namespace: namespace, now: Timestamp(Date()))
    switch output {
    case .text:
      let isScreen = Terminal.isTerminal(.standardOutput) && environment.text("TERM") != "dumb"
      let style = Style(
        width: isScreen ? Terminal.size?.width : nil, colour: isScreen && environment.text("NO_COLOR") == nil)
      Terminal.write(MigrationText(style: style).lines(report).map { $0 + "\n" }.joined())
    case .json:
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      Terminal.write(String(decoding: try encoder.encode(report), as: UTF8.self) + "\n")
    }
    if report.verdict == .actionNeeded { throw MigrateExit.needsAction }
  }
}
