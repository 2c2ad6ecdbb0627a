package import ArgumentParser

/// `swiftlet node`.
package struct NodeCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "node", abstract: "Work on this machine's container runtime, without Kubernetes.",
    subcommands: [NodeApplyCommand.self, NodeReleaseCommand.self, NodeLookCommand.self, NodeRemoveCommand.self])

  package init() {}
}
