package import ArgumentParser

/// `swiftlet migrate`.
package struct MigrateCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Move from kube-fledged: see what that means, and convert what it was set up with.",
    discussion: """
      Without a subcommand it is `migrate check`. docs/from-kube-fledged.md walks through a whole move.
      """,
    subcommands: [MigrateCheckCommand.self, MigrateValuesCommand.self, MigrateImageSetsCommand.self],
    defaultSubcommand: MigrateCheckCommand.self)

  package init() {}
}

/// How the commands of a move end when they did their work and something is left for a person.
enum MigrateExit {
  static let needsAction = ExitCode(2)

  /// Says what is wrong with files, and ends with 1.
  static func fail(_ problems: ManifestProblems) -> ExitCode {
    for line in problems.description.split(separator: "\n") {
      Terminal.write("swiftlet: \(line)\n", to: .standardError)
    }
    return .failure
  }
}

/// Where the objects come from.
package struct MigrateSource: ParsableArguments {
  @Option(
    name: [.customShort("f"), .customLong("filename")],
    help: ArgumentHelp(
      "A file of objects in YAML or JSON, also lists; - for standard input. Repeatable. (default: the cluster)",
      valueName: "file"))
  package var files: [String] = []

  @OptionGroup(title: "Cluster")
  package var connection: ConnectionOptions

  package init() {}

  package func validate() throws {
    guard files.count(where: { $0 == "-" }) < 2 else { throw ValidationError("Standard input can be read once only.") }
    guard !files.contains("") else { throw ValidationError("-f needs the name of a file, or - for standard input.") }
    guard !files.isEmpty, [connection.kubeconfig, connection.context, connection.master].contains(where: { $0 != nil })
    else { return }
    throw ValidationError("With -f no cluster is asked: leave out --kubeconfig, --context and --master, or -f.")
  }
}
