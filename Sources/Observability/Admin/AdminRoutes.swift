/// What an `AdminServer` answers. What is nil is not found.
package struct AdminRoutes: Sendable {
  /// Returns nil where all is well, and otherwise what is wrong, in words. Must return soon: the caller of a probe has
  /// a timeout.
  package typealias Check = @Sendable () async -> String?

  /// `/healthz`: whether the process works. A restart is the answer to a failure, so nothing outside belongs here.
  package var health: Check?
  /// `/readyz`: whether the process does its job now.
  package var readiness: Check?
  /// `/metrics`: Prometheus' text format.
  package var metrics: (@Sendable () async -> String)?

  package init(health: Check? = nil, readiness: Check? = nil, metrics: (@Sendable () async -> String)? = nil) {
    self.health = health
    self.readiness = readiness
    self.metrics = metrics
  }

  /// The values of a registry and those of this process.
  package static func metrics(of registry: PrometheusRegistry) -> @Sendable () async -> String {
    let process = ProcessMetrics()
    return { registry.text + process.text }
  }
}
