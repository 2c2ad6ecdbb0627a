package import KubernetesRuntime
package import Observability

/// How the operator runs.
package struct OperatorConfiguration: Sendable {
  /// Where the lease and the agents' pods are.
  package var namespace: String
  /// What this process is called, such as its pod's name. Something random is added for the lease.
  package var identity: String
  /// Where `/metrics` is served; nil for nowhere.
  package var metricsAddress: ListenAddress?
  /// Where `/healthz` and `/readyz` are served; nil for nowhere.
  package var healthAddress: ListenAddress?
  /// Whether to compete for the lease. Without, no other replica may run.
  package var electsLeader: Bool
  package var leaderTiming: LeaderTiming
  package var workers: LeaderSession.Workers

  /// The name of the lease.
  package static let leaseName = "swiftlet-controller"

  package init(
    namespace: String, identity: String, metricsAddress: ListenAddress? = nil, healthAddress: ListenAddress? = nil,
    electsLeader: Bool = true, leaderTiming: LeaderTiming = .standard, workers: LeaderSession.Workers = .init()
  ) {
    self.namespace = namespace
    self.identity = identity
    self.metricsAddress = metricsAddress
    self.healthAddress = healthAddress
    self.electsLeader = electsLeader
    self.leaderTiming = leaderTiming
    self.workers = workers
  }
}
