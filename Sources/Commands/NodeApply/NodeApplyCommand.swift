import Agent
package import ArgumentParser
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import ContainerRuntime
import KubernetesClient
import Logging
import Observability
import SwiftletAPI
import Synchronization

/// `swiftlet node apply`.
package struct NodeApplyCommand: AsyncParsableCommand {
  package enum Output: String, CaseIterable, ExpressibleByArgument {
    case text, json
  }

  package static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Bring this machine's images to what ImageSet files say, without Kubernetes.",
    discussion: """
      Pulls what the files name and the runtime lacks, pins it where the runtime can, and removes what an earlier run \
      pulled and the files no longer name (unless its retention is Retain, or a container uses it). PullBudgets in the \
      files hold. What was pulled is kept in the ledger, as in a cluster; only one Swiftlet works on a machine at a time.

      Ends with 0 when everything is as the files say, with 1 when an image failed (each is named with its reason), \
      with 2 when the files are wrong, with 3 when the runtime can't be reached, with 4 when --timeout has passed, with \
      5 when another Swiftlet works on this machine, with 130 when interrupted, and with 64 for a wrong flag.
      """)

  @Option(
    name: [.customShort("f"), .customLong("filename")],
    help: ArgumentHelp(
      "A file of ImageSets and PullBudgets in YAML or JSON; - for standard input. Repeatable.", valueName: "file"))
  package var files: [String]

  @Option(
    help: ArgumentHelp(
      "The labels of this machine, for the sets' selectors, such as pool=edge,site=b.", valueName: "labels"))
  package var labels: LabelsArgument?

  @Option(
    help: ArgumentHelp("A Docker configuration file (config.json) with logins for registries.", valueName: "file"))
  package var registryConfig: String?

  @Option(help: ArgumentHelp("How often an image is tried at most.", valueName: "count"))
  package var attempts = 5

  @Option(help: ArgumentHelp("How long the whole may take, such as 30m.", valueName: "duration"))
  package var timeout: DurationArgument = DurationArgument(.seconds(3600))

  @Flag(help: "Change nothing, and print what would be done.")
  package var dryRun = false

  @Option(name: .shortAndLong, help: "The form of the summary on standard output.")
  package var output: Output = .text

  @Flag(name: .shortAndLong, help: "Say nothing on standard error while working.")
  package var quiet = false

  @OptionGroup(title: "Machine")
  package var machine: LocalRuntime

  @OptionGroup(title: "Credentials as the kubelet gets them")
  package var credentialPlugins: CredentialPluginOptions

  @OptionGroup(title: "Logging")
  package var logging: LoggingFlags

  package init() {}

  package func validate() throws {
    guard attempts > 0 else { throw ValidationError("--attempts has to be at least 1.") }
    guard files.count(where: { $0 == "-" }) < 2 else { throw ValidationError("Standard input can be read once only.") }
    try logging.checkForTool()
    _ = try credentialPlugins.place(.process)
  }

  package func run() async throws {
    let environment = Environment.process
    try logging.bootstrapTool(environment, level: .critical)
    let logger = Logger(label: "swiftlet.node")
    let manifests: LocalManifests
    let credentials: RegistryFileCredentials?
    do {
      var read = try LocalManifests.read(files)
      if labels == nil { read.ignoreSelectors() }
      manifests = read
      credentials = try registryConfig.map { try RegistryFileCredentials(path: $0) }
    } catch let problems as ManifestProblems {
      try fail(problems.description, 2)
    } catch let problem as RegistryFileCredentials.Unreadable {
      try fail(problem.description, 2)
    }
    if !quiet { for warning in manifests.warnings { say("warning: \(Escaping.visible(warning))") } }
    let runtime: CRIRuntime
    do {
      runtime = try await machine.connect(environment, patience: .seconds(15), logger: logger)
    } catch {
      try fail("the runtime can't be reached: \(error)", 3)
    }
    let report: ApplyReport
    if dryRun {
      let dryRun = DryRun(
        manifests: manifests, labels: labels?.labels ?? [:], ledgerPath: machine.ledgerPath(environment),
        runtime: runtime)
      do {
        report = try await dryRun.report()
      } catch let error as RuntimeError {
        try fail("the runtime can't be reached: \(error)", 3)
      }
    } else {
      report = try await apply(manifests, runtime, credentials, environment: environment, logger: logger)
    }
    try show(report)
    guard report.exitCode == 0 else { throw ExitCode(report.exitCode) }
  }

  private func apply(
    _ manifests: LocalManifests, _ runtime: CRIRuntime, _ credentials: RegistryFileCredentials?,
    environment: Environment, logger: Logger
  ) async throws -> ApplyReport {
    let configuration = AgentConfiguration(
      nodeName: "this-machine", ledgerPath: machine.ledgerPath(environment), hostRoot: machine.hostRoot(environment),
      version: BuildInformation.version, credentialPlugins: try credentialPlugins.place(environment))
    var run = ApplyRun(
      manifests, configuration: configuration, runtime: runtime, attempts: attempts, logger: logger)
    run.timeout = timeout.duration
    run.labels = labels?.labels ?? [:]
    run.credentials = credentials
    let isScreen = Terminal.isTerminal(.standardError) && environment.text("TERM") != "dumb"
    let progress = Mutex(
      ApplyProgress(isScreen: isScreen, colour: isScreen && environment.text("NO_COLOR") == nil))
    let isQuiet = quiet
    do {
      return try await run.run { picture in
        guard !isQuiet else { return }
        progress.withLock { progress in
          let text = progress.text(picture, width: Terminal.size?.width, now: Timestamp(Date()))
          if let text { Terminal.write(text, to: .standardError) }
        }
      }
    } catch is ApplyRun.Busy {
      try fail(
        "another Swiftlet works on this machine: an agent, or another run (\(configuration.ledgerPath).lock is held)", 5
      )
    }
  }

  private func show(_ report: ApplyReport) throws {
    switch output {
    case .text: Terminal.write(report.lines.map { $0 + "\n" }.joined())
    case .json:
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      Terminal.write(String(decoding: try encoder.encode(report), as: UTF8.self) + "\n")
    }
    switch report.result {
    case .timedOut: say("not done within \(timeout.defaultValueDescription)")
    case .interrupted: say("interrupted")
    case .runtimeUnavailable: say("the runtime stopped answering")
    case .done, .failed, .dryRun: break
    }
  }

  private func fail(_ message: String, _ code: Int32) throws -> Never {
    for line in message.split(separator: "\n") { say(String(line)) }
    throw ExitCode(code)
  }

  private func say(_ message: String) { Terminal.write("swiftlet: \(message)\n", to: .standardError) }
}
