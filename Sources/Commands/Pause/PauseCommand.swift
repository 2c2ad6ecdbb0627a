package import ArgumentParser
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import KubernetesClient
import SwiftletAPI

/// `swiftlet pause`.
package struct PauseCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "pause",
    abstract: "Stop every pull and every removal in the cluster, at once.",
    discussion: """
      Makes the ConfigMap \(ClusterPause.name) in Swiftlet's namespace, and waits until every node that can be reached \
      stands still: running pulls are cancelled, nothing is removed, and what vanishes isn't brought back. Running and \
      new pods go on as ever. It lasts until `swiftlet resume`, whatever is restarted meanwhile.

      Ends with 0 when every reachable node stands still, also where the cluster was paused before; with 1 when \
      --timeout has passed first (the pause holds all the same) or something went wrong; with 64 for a wrong flag.
      """)

  @Option(help: ArgumentHelp("Why, for the others; shown by `swiftlet status`.", valueName: "text"))
  package var reason: String?

  @OptionGroup
  package var options: PauseOptions

  package init() {}

  package func validate() throws {
    if let reason, reason.unicodeScalars.count > ClusterPause.maxText {
      throw ValidationError("The reason is longer than \(ClusterPause.maxText) characters.")
    }
    try options.logging.checkForTool()
  }

  package func run() async throws {
    let environment = Environment.process
    try await options.withClient { client, logger in
      let wanted = ClusterPause(
        reason: reason, by: environment.text("USER") ?? environment.text("LOGNAME"),
        since: Timestamp(Date()).wholeSeconds)
      let result = try await PauseSwitch(client: client, namespace: options.namespace(environment)).on(wanted)
      let words = result.pause.words(now: Timestamp(Date()))
      Terminal.write((result.wasOn ? "Was already \(words)" : "The cluster is \(words)") + "\n")
      try await options.follow(client, isPaused: true, verb: "stand still", logger: logger)
    }
  }
}

extension ClusterPause {
  /// `paused for 3m by root: an outage of the registry`.
  func words(now: Timestamp) -> String {
    var text = "paused"
    if let since, now - since >= .seconds(2) { text += " for \(Quantities.age(now - since))" }
    if let by { text += " by \(Escaping.visible(by))" }
    if let reason { text += ": \(Escaping.visible(reason))" }
    return text
  }
}
