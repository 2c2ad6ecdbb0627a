package import ArgumentParser

/// `swiftlet version`.
package struct VersionCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Print the version of this program.")

  package init() {}

  package func run() {
    print(BuildInformation.line)
  }
}
