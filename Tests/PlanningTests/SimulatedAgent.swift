import Planning

/// An agent that keeps to the protocol, with a disk and a clock of its own.
struct SimulatedAgent {
  struct Copy {
    var checkedAt: Instant?
    var digest: String?
  }

  struct Owned {
    var origin: ObservedImage.Origin
    var retention: RetentionRule
  }

  struct Pull {
    var grant: String
    var budget: String
    var registry: String
    var end: Instant
  }

  struct Trouble {
    var attempts: Int
    var retryAt: Instant
    var reason: String
  }

  struct Start {
    var budget: String
    var at: Instant
  }

  struct Removal {
    var key: ImageKey
    var origin: ObservedImage.Origin?
  }

  var skew: Duration
  var disk: [ImageKey: Copy] = [:]
  var ledger: [ImageKey: Owned] = [:]
  var pulls: [ImageKey: Pull] = [:]
  var trouble: [ImageKey: Trouble] = [:]
  var released: Set<String> = []
  var spec: InventorySpec?
  var generation: Int64 = 0
  var steppedAt = Instant.distantPast

  init(skew: Duration) {
    self.skew = skew
  }

  /// Takes over a spec. Work that is due under the old one must have been done by a step before.
  mutating func receive(_ spec: InventorySpec, generation: Int64) {
    self.spec = spec
    self.generation = generation
    released.formIntersection(spec.grants.map(\.id))
    for (key, plan) in spec.images where ledger[key] != nil { ledger[key]?.retention = plan.retention }
  }

  /// A restart: what ran is gone, what is in the ledger and in the status stays.
  mutating func restart() {
    pulls.removeAll()
    trouble.removeAll()
  }

  func needsPull(_ key: ImageKey, _ plan: ImagePlan) -> Bool {
    guard !plan.hold, pulls[key] == nil else { return false }
    guard let copy = disk[key] else { return true }
    guard let fresh = plan.freshAfter else { return false }
    return copy.checkedAt.map { $0 < fresh } ?? true
  }

  /// Works up to the cluster's time `now`.
  ///
  /// - Returns: pulls that were started, at the cluster's times, and images that were removed.
  mutating func step(
    _ now: Instant, digests: [ImageKey: String], containers: Set<ImageKey>, fails: (ImageKey) -> Bool,
    duration: () -> Duration
  ) -> (starts: [Start], removed: [Removal]) {
    let time = now + skew
    defer { steppedAt = time }
    finish(time, digests, fails)
    guard let spec, !spec.paused else {
      pulls.removeAll()
      return ([], [])
    }
    for key in pulls.keys where spec.images[key] == nil || spec.images[key]?.hold == true { pulls[key] = nil }
    for key in trouble.keys where spec.images[key] == nil && ledger[key] == nil { trouble[key] = nil }
    var starts: [Start] = []
    for grant in spec.grants where grant.until > time && !released.contains(grant.id) {
      starts += start(grant, spec, time, duration)
    }
    for grant in spec.grants where !released.contains(grant.id) && !hasWork(grant, spec, time) {
      released.insert(grant.id)
    }
    return (starts, remove(spec, time, containers))
  }

  private mutating func finish(_ time: Instant, _ digests: [ImageKey: String], _ fails: (ImageKey) -> Bool) {
    for (key, pull) in pulls {
      let until = spec?.grants.first { $0.id == pull.grant }?.until ?? .distantPast
      if pull.end <= min(time, until) {
        pulls[key] = nil
        if fails(key) {
          let attempts = (trouble[key]?.attempts ?? 0) + 1
          trouble[key] = Trouble(
            attempts: attempts, retryAt: time + min(.seconds(300), .seconds(10) * (1 << min(attempts, 6))),
            reason: "NotFound")
        } else {
          trouble[key] = nil
          disk[key] = Copy(checkedAt: time, digest: digests[key])
          ledger[key] = Owned(origin: .pulled, retention: spec?.images[key]?.retention ?? .delete)
        }
      } else if until <= time {
        pulls[key] = nil
      }
    }
  }

  /// Pulls that run at the cluster's time `now`: an agent stops at a grant's end by a timer, not only when it steps.
  func running(_ now: Instant) -> [Pull] {
    pulls.values.filter { pull in
      pull.end > now + skew && spec?.grants.contains { $0.id == pull.grant && $0.until > now + skew } ?? false
    }
  }

  private func startable(_ grant: PullGrant, _ spec: InventorySpec, _ time: Instant) -> [ImageKey] {
    spec.images.filter { key, plan in
      plan.budget == grant.budget && needsPull(key, plan) && (trouble[key]?.retryAt ?? .distantPast) <= time
        && (grant.registries.map { ($0[key.registry] ?? 0) > 0 } ?? true)
    }.keys.sorted()
  }

  private func hasWork(_ grant: PullGrant, _ spec: InventorySpec, _ time: Instant) -> Bool {
    pulls.values.contains { $0.grant == grant.id } || !startable(grant, spec, time).isEmpty
  }

  private mutating func start(
    _ grant: PullGrant, _ spec: InventorySpec, _ time: Instant, _ duration: () -> Duration
  ) -> [Start] {
    var starts: [Start] = []
    var slots = Self.slots(grant.pacing, after: steppedAt, until: time)
    for key in startable(grant, spec, time) {
      let running = pulls.values.filter { $0.grant == grant.id }
      guard running.count < grant.pulls else { break }
      if let share = grant.registries?[key.registry], running.count(where: { $0.registry == key.registry }) >= share {
        continue
      }
      var at = time
      if grant.pacing != nil {
        guard let slot = slots.popLast() else { break }
        at = slot
      }
      pulls[key] = Pull(grant: grant.id, budget: grant.budget, registry: key.registry, end: at + duration())
      starts.append(Start(budget: grant.budget, at: at - skew))
    }
    return starts
  }

  /// The last time in the interval at which the grant lets a pull start, if there is one.
  private static func slots(_ pacing: GrantPacing?, after: Instant, until: Instant) -> [Instant] {
    guard let pacing else { return [] }
    let every = pacing.every / .microseconds(1)
    let offset = pacing.offset / .microseconds(1)
    let last = Instant(
      microseconds: Int64(((Double(until.microseconds) - offset) / every).rounded(.down) * every + offset))
    return last > after ? [last] : []
  }

  private mutating func remove(_ spec: InventorySpec, _ time: Instant, _ containers: Set<ImageKey>) -> [Removal] {
    var removed: [Removal] = []
    for (key, until) in spec.removals where until > time && spec.images[key] == nil {
      guard disk[key] != nil, let owned = ledger[key], owned.retention == .delete else { continue }
      guard (trouble[key]?.retryAt ?? .distantPast) <= time else { continue }
      if containers.contains(key) {
        let attempts = (trouble[key]?.attempts ?? 0) + 1
        trouble[key] = Trouble(
          attempts: attempts, retryAt: time + min(.seconds(600), .seconds(60) * (1 << min(attempts - 1, 6))),
          reason: "InUse")
        continue
      }
      removed.append(Removal(key: key, origin: owned.origin))
      disk[key] = nil
      ledger[key] = nil
      trouble[key] = nil
    }
    return removed
  }

  /// What the agent writes into the status.
  mutating func report(_ now: Instant) -> [ImageKey: ObservedImage] {
    let time = now + skew
    var images: [ImageKey: ObservedImage] = [:]
    for (key, plan) in spec?.images ?? [:] {
      var seen = ObservedImage(state: .waiting, retention: plan.retention)
      if pulls[key] != nil {
        seen.state = .pulling
      } else if let trouble = trouble[key], disk[key] == nil || needsPull(key, plan) {
        seen.state = .failed
        seen.reason = trouble.reason
        seen.attempts = trouble.attempts
        seen.retryAt = trouble.retryAt
      } else if disk[key] != nil {
        seen.state = .present
        seen.origin = ledger[key]?.origin ?? .found
      }
      seen.checkedAt = disk[key]?.checkedAt
      seen.digest = disk[key]?.digest
      images[key] = seen
    }
    for (key, owned) in ledger where images[key] == nil {
      guard disk[key] != nil, owned.retention == .delete else {
        ledger[key] = nil
        continue
      }
      var seen = ObservedImage(state: .present, origin: owned.origin, retention: owned.retention)
      if let trouble = trouble[key], trouble.reason == "InUse", trouble.retryAt > time {
        seen.reason = trouble.reason
        seen.retryAt = trouble.retryAt
        seen.attempts = trouble.attempts
      }
      images[key] = seen
    }
    return images
  }
}
