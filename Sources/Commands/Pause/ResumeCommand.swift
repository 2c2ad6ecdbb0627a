package import ArgumentParser
import SwiftletAPI

/// `swiftlet resume`.
package struct ResumeCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "End what `swiftlet pause` began.",
    discussion: """
      Deletes the ConfigMap \(ClusterPause.name) in Swiftlet's namespace, and waits until every node that can be \
      reached has heard of it. Ends with 0 then, also where the cluster wasn't paused; with 1 when --timeout has passed \
      first or something went wrong; with 64 for a wrong flag.
      """)

  @OptionGroup
  package var options: PauseOptions

  package init() {}

  package func validate() throws {
    try options.logging.checkForTool()
  }

  package func run() async throws {
    try await options.withClient { client, logger in
      let wasOn = try await PauseSwitch(client: client, namespace: options.namespace(.process)).off()
      Terminal.write(wasOn ? "The cluster goes on.\n" : "The cluster wasn't paused.\n")
      try await options.follow(client, isPaused: false, verb: "go on", logger: logger)
    }
  }
}
