import KubernetesClient
package import Planning
package import SwiftletAPI

extension InventorySpec {
  /// What a NodeInventory's spec says, with the defaults where fields are absent.
  package init(_ spec: NodeInventorySpec) {
    self.init(
      nodeUID: spec.nodeUID, paused: spec.paused ?? false,
      images: (spec.images ?? [:]).mapKeys { ImagePlan($0) },
      removals: (spec.removals ?? [:]).mapKeys { Instant($0.until) },
      grants: (spec.grants ?? []).map { PullGrant($0) }, diskPressure: spec.diskPressure ?? false,
      jobs: spec.jobs.map { JobsAccount($0) } ?? JobsAccount())
  }
}

extension NodeInventorySpec {
  /// What to write. Fields that hold their default are left out.
  package init(_ spec: InventorySpec) {
    self.init(nodeUID: spec.nodeUID)
    paused = spec.paused ? true : nil
    diskPressure = spec.diskPressure ? true : nil
    images = spec.images.isEmpty ? nil : spec.images.mapNames { PlannedImage($0) }
    removals = spec.removals.isEmpty ? nil : spec.removals.mapNames { RemovalPermit(until: Timestamp($0)) }
    grants = spec.grants.isEmpty ? nil : spec.grants.map { Grant($0) }
    jobs = spec.jobs.isEmpty ? nil : JobsNote(spec.jobs)
  }
}

extension ImagePlan {
  package init(_ image: PlannedImage) {
    self.init(
      freshAfter: image.freshAfter.map { Instant($0) }, platform: image.platform, pin: image.effectivePin,
      priority: image.effectivePriority, budget: image.effectiveBudget,
      retention: RetentionRule(image.effectiveRetention), hold: image.isOnHold, adopt: image.adopt ?? false,
      authenticated: image.authenticated ?? false, executor: ExecutorChoice(image.effectiveExecutor),
      sizeBytes: image.sizeBytes)
  }
}

extension PlannedImage {
  package init(_ plan: ImagePlan) {
    self.init()
    freshAfter = plan.freshAfter.map { Timestamp($0) }
    platform = plan.platform
    pin = plan.pin ? nil : false
    priority = plan.priority == 0 ? nil : plan.priority
    budget = plan.budget == BudgetLimits.defaultName ? nil : plan.budget
    retention = plan.retention == .delete ? nil : .retain
    hold = plan.hold ? true : nil
    adopt = plan.adopt ? true : nil
    authenticated = plan.authenticated ? true : nil
    executor = plan.executor == .auto ? nil : Executor(plan.executor)
    sizeBytes = plan.sizeBytes
  }
}

extension RetentionRule {
  package init(_ retention: Retention) {
    switch retention {
    case .delete: self = .delete
    case .retain: self = .retain
    }
  }
}

extension PullGrant {
  package init(_ grant: Grant) {
    self.init(
      id: grant.id, budget: grant.budget, until: Instant(grant.until), pulls: grant.pulls,
      registries: grant.registries,
      pacing: grant.pacing.map {
        GrantPacing(every: .milliseconds($0.everyMilliseconds), offset: .milliseconds($0.offsetMilliseconds))
      },
      backoff: BackoffLimits(grant.backoff ?? BackoffSpec()), isForJobs: grant.executor == .jobs)
  }
}

extension Grant {
  package init(_ grant: PullGrant) {
    self.init(id: grant.id, budget: grant.budget, until: Timestamp(grant.until), pulls: grant.pulls)
    registries = grant.registries
    pacing = grant.pacing.map {
      StartPacing(everyMilliseconds: $0.every.wholeMilliseconds, offsetMilliseconds: $0.offset.wholeMilliseconds)
    }
    backoff = grant.backoff == BackoffLimits() ? nil : BackoffSpec(grant.backoff)
    executor = grant.isForJobs ? .jobs : nil
  }
}

extension Duration {
  var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1000 + attoseconds / 1_000_000_000_000_000
  }
}

extension Dictionary where Key == String {
  /// The same values by image.
  func mapKeys<Result>(_ transform: (Value) -> Result) -> [ImageKey: Result] {
    Dictionary<ImageKey, Result>(uniqueKeysWithValues: map { (ImageKey(normalized: $0.key), transform($0.value)) })
  }
}

extension Dictionary where Key == ImageKey {
  func mapNames<Result>(_ transform: (Value) -> Result) -> [String: Result] {
    Dictionary<String, Result>(uniqueKeysWithValues: map { ($0.key.normalized, transform($0.value)) })
  }
}
