package import Execution
package import Planning

/// Whether and how the controller uses Jobs.
package struct JobsConfiguration: Sendable, Hashable {
  /// With `agent` there are no Jobs. Otherwise they pull what agents leave to them, and work in the stead of an agent:
  /// with `jobs` on nodes without one, with `auto` on those that have been without one for `agentPatience`.
  package var mode: ExecutorChoice
  package var settings: JobSettings
  /// Swiftlet's version, for statuses.
  package var version: String

  /// For how long a node's agent may be gone, such as for an update, before Jobs work in its place.
  package static let agentPatience = Duration.seconds(60)

  package init(mode: ExecutorChoice, settings: JobSettings, version: String) {
    self.mode = mode
    self.settings = settings
    self.version = version
  }
}
