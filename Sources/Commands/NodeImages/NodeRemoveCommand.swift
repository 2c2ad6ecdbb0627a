#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
package import ArgumentParser
import KubernetesClient

/// `swiftlet node remove`.
package struct NodeRemoveCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove these images from this machine's runtime, except those in use.",
    discussion: """
      For Jobs of the controller. Looks at the runtime's containers right before each removal; an image of which others \
      have names too loses only this name. The answer is JSON: what came of each image, by its place among the arguments. \
      Ends with 0, also where an image stays; with 3 when the runtime doesn't answer; with 64 for a wrong flag or image.
      """)

  @OptionGroup
  package var options: ReportOptions

  @Option(help: ArgumentHelp("When it is too late to begin, as 2006-01-02T15:04:05Z.", valueName: "time"))
  package var until: String?

  @Option(
    help: ArgumentHelp("A name that stays, although it belongs to the same image. May be repeated.", valueName: "image")
  )
  package var keep: [String] = []

  package init() {}

  package func validate() throws {
    _ = try options.references(keep)
    if let until, Timestamp(until) == nil {
      throw ValidationError("--until must be a time such as 2006-01-02T15:04:05Z.")
    }
  }

  package func run() async throws {
    let references = try options.references(options.images)
    let kept = try options.references(keep)
    let end = until.flatMap { Timestamp($0) } ?? Timestamp(Date()) + .seconds(120)
    try await options.answer { runtime in
      await ImageRemoval(
        runtime: runtime, references: references, kept: kept, until: end, now: { Timestamp(Date()) }
      ).run()
    }
  }
}
