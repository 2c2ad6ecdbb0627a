#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
package import ArgumentParser
import ContainerRuntime
import Execution
import Logging
import OCI
import Observability

/// What the commands share that Jobs run.
package struct ReportOptions: ParsableArguments {
  @OptionGroup(title: "Machine")
  package var machine: LocalRuntime

  @Option(help: ArgumentHelp("Where the answer is written; standard output otherwise.", valueName: "file"))
  package var report: String?

  @Option(help: ArgumentHelp("How long to wait for the runtime.", valueName: "duration"))
  package var timeout: DurationArgument = DurationArgument(.seconds(20))

  @OptionGroup(title: "Logging")
  package var logging: LoggingFlags

  @Argument(help: ArgumentHelp("The images.", valueName: "image"))
  package var images: [String] = []

  package init() {}

  package func validate() throws {
    try logging.checkForTool()
    guard !images.isEmpty else { throw ValidationError("Name at least one image.") }
    _ = try references(images)
  }

  /// - Throws: `ValidationError`.
  func references(_ texts: [String]) throws -> [ImageReference] {
    try texts.map { text in
      do {
        return try ImageReference(parsing: text)
      } catch {
        throw ValidationError("\(Escaping.visible(text)): \(error)")
      }
    }
  }

  /// Asks the runtime, and writes what came of it; a runtime that doesn't answer is an answer too.
  func answer(_ ask: (any ImageRuntime) async -> JobReport) async throws {
    let environment = Environment.process
    try logging.bootstrapTool(environment, level: .warning)
    let logger = Logger(label: "swiftlet.node")
    let result: JobReport
    do {
      let runtime = try await machine.connect(environment, patience: timeout.duration, logger: logger)
      result = await ask(runtime)
    } catch {
      result = JobReport(error: "\(error)")
    }
    let text = try result.text
    if let report {
      // In place: a kubelet mounts the very file.
      try Data(text.utf8).write(to: URL(fileURLWithPath: report))
    } else {
      Terminal.write(text + "\n")
    }
    if result.error != nil { throw ExitCode(3) }
  }
}
