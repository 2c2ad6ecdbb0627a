import KubernetesClient

/// What holds where a field is absent, also for the budget `default` where there is no such object.
extension PullBudgetSpec {
  package var effectiveMaxConcurrentNodes: Int { Swift.max(1, maxConcurrentNodes ?? 10) }
  /// Nil: no limit of its own.
  package var effectiveMaxConcurrentPulls: Int? { maxConcurrentPulls.map { Swift.max(1, $0) } }
  package var effectiveMaxPullsPerNode: Int { Swift.max(1, maxPullsPerNode ?? 1) }
  /// Nil: no limit of its own.
  package var effectiveMaxPullsPerRegistry: Int? { maxPullsPerRegistry.map { Swift.max(1, $0) } }
  package var effectiveMinStartInterval: Duration {
    duration(minStartInterval, default: .zero)
  }
  package var effectiveBackoff: BackoffSpec { backoff ?? BackoffSpec() }
}

extension BackoffSpec {
  package var effectiveInitial: Duration { duration(initial, default: .seconds(10)) }
  /// Never below `effectiveInitial`.
  package var effectiveMax: Duration { Swift.max(effectiveInitial, duration(max, default: .seconds(300))) }
}

/// The default also holds where the text is no duration, or a negative one (which `problems` reports).
private func duration(_ text: String?, default fallback: Duration) -> Duration {
  guard let text, let value = GoDuration.parse(text), value >= .zero else { return fallback }
  return value
}
