package import ArgumentParser

/// `swiftlet node look`.
package struct NodeLookCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "look",
    abstract: "Say which of these images this machine's runtime has.",
    discussion: """
      For Jobs of the controller. The answer is JSON: the places of those images among the arguments that are there, each \
      with its digest. Ends with 0; with 3 when the runtime doesn't answer; with 64 for a wrong flag or image.
      """)

  @OptionGroup
  package var options: ReportOptions

  package init() {}

  package func run() async throws {
    let references = try options.references(options.images)
    try await options.answer { await ImageLook(runtime: $0, references: references).run() }
  }
}
