package import KubernetesRuntime
package import Observability
import SwiftletAPI

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
  /// Whether and how nodes without an agent are served; nil for not at all.
  package var jobs: JobsConfiguration?
  /// Where the leader hands out credentials to agents; nil for nowhere. Needs leader election, whose lease says where.
  package var exchangeAddress: ExchangeAddress?
  /// The kinds beside ImageSet that are served. One that is named here and not installed counts as unknown, so that
  /// nothing is removed meanwhile.
  package var frontEnds: Set<OptionalFrontEnd>
  package var imageCaches: ImageCacheRules

  /// The name of the lease.
  package static let leaseName = CredentialExchange.leaseName

  package init(
    namespace: String, identity: String, metricsAddress: ListenAddress? = nil, healthAddress: ListenAddress? = nil,
    electsLeader: Bool = true, leaderTiming: LeaderTiming = .standard, workers: LeaderSession.Workers = .init(),
    exchangeAddress: ExchangeAddress? = nil, frontEnds: Set<OptionalFrontEnd> = Set(OptionalFrontEnd.allCases),
    imageCaches: ImageCacheRules = ImageCacheRules(), jobs: JobsConfiguration? = nil
  ) {
    self.namespace = namespace
    self.identity = identity
    self.metricsAddress = metricsAddress
    self.healthAddress = healthAddress
    self.electsLeader = electsLeader
    self.leaderTiming = leaderTiming
    self.workers = workers
    self.exchangeAddress = exchangeAddress
    self.frontEnds = frontEnds
    self.imageCaches = imageCaches
    self.jobs = jobs
  }
}
