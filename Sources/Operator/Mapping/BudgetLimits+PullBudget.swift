import KubernetesClient
package import Planning
package import SwiftletAPI

extension BudgetLimits {
  package init(_ spec: PullBudgetSpec) {
    self.init(
      maxConcurrentNodes: spec.effectiveMaxConcurrentNodes, maxConcurrentPulls: spec.effectiveMaxConcurrentPulls,
      maxPullsPerNode: spec.effectiveMaxPullsPerNode, maxPullsPerRegistry: spec.effectiveMaxPullsPerRegistry,
      minStartInterval: spec.effectiveMinStartInterval, backoff: BackoffLimits(spec.backoff ?? BackoffSpec()))
  }
}

extension BackoffLimits {
  package init(_ spec: BackoffSpec) {
    self.init(initial: spec.effectiveInitial, max: spec.effectiveMax)
  }
}

extension BackoffSpec {
  package init(_ limits: BackoffLimits) {
    self.init(initial: GoDuration.format(limits.initial), max: GoDuration.format(limits.max))
  }
}
