package import ArgumentParser

/// `swiftlet`.
package struct SwiftletCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "swiftlet",
    abstract: "Keep the container images that matter on the Kubernetes nodes that need them.",
    version: BuildInformation.line,
    subcommands: [
      StatusCommand.self, PauseCommand.self, ResumeCommand.self, NodeCommand.self, ControllerCommand.self,
      AgentCommand.self, WebhookCommand.self, LeaveCommand.self, MigrateCommand.self, CompletionCommand.self,
      VersionCommand.self,
    ])

  package init() {}
}
