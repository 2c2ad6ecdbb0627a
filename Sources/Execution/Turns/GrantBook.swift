package import KubernetesClient
package import SwiftletAPI

/// Which turns to pull the node has, and which of them it gave back.
///
/// A grant that was given back stays so for as long as the plan names it, whatever `until` it gets.
package struct GrantBook: Sendable {
  /// Whether a pull may start now.
  package enum Answer: Sendable, Hashable {
    case granted(id: String)
    /// Not before this time, because of the budget's pace.
    case notBefore(Timestamp)
    case refused
  }

  /// The most that a pull may start late after its paced moment, so that it doesn't run into another node's.
  static let latestStart = Duration.milliseconds(100)
  static let leastStartWindow = Duration.milliseconds(20)

  package private(set) var grants: [Grant] = []
  package private(set) var released: Set<String> = []
  /// The last start under each budget that has a pace.
  private var pacedStarts: [String: Timestamp] = [:]

  package init() {}

  /// Takes over the plan's grants. What was released and is no longer named is forgotten.
  package mutating func update(_ grants: [Grant]) {
    self.grants = grants
    released.formIntersection(grants.map(\.id))
    let paced = Set(grants.filter { $0.pacing != nil }.map(\.budget))
    pacedStarts = pacedStarts.filter { paced.contains($0.key) }
  }

  /// Takes over what an earlier run of the agent, or this one, gave back.
  package mutating func release(_ ids: some Sequence<String>) {
    released.formUnion(ids)
    released.formIntersection(grants.map(\.id))
  }

  /// Whether pulls may run under a grant.
  package func isLive(_ id: String, now: Timestamp) -> Bool {
    !released.contains(id) && grants.contains { $0.id == id && now < $0.until }
  }

  /// Grants that aren't over, those of one budget only if one is named.
  package func live(budget: String? = nil, now: Timestamp) -> [Grant] {
    grants.filter { (budget == nil || $0.budget == budget) && now < $0.until && !released.contains($0.id) }
  }

  /// Whether a grant lets anything at all be pulled from a registry.
  package static func hasShare(_ grant: Grant, registry: String) -> Bool {
    grant.pulls > 0 && (grant.registries.map { ($0[registry] ?? 0) > 0 } ?? true)
  }

  /// Whether one more pull fits under a grant.
  package static func hasRoom(_ grant: Grant, registry: String, running: some Sequence<some PullTurn>) -> Bool {
    guard hasShare(grant, registry: registry) else { return false }
    var all = 0
    var same = 0
    for pull in running where pull.grantID == grant.id {
      all += 1
      if pull.registry == registry { same += 1 }
    }
    return all < grant.pulls && (grant.registries.map { same < ($0[registry] ?? 0) } ?? true)
  }

  /// Whether a pull of this budget from this registry may start now, and under which grant.
  package func answer(
    budget: String, registry: String, running: some Sequence<some PullTurn>, now: Timestamp
  ) -> Answer {
    var earliest: Timestamp?
    for grant in live(budget: budget, now: now) where Self.hasRoom(grant, registry: registry, running: running) {
      guard let start = pacedStart(grant, now: now) else { return .granted(id: grant.id) }
      if start <= now { return .granted(id: grant.id) }
      if start < grant.until { earliest = min(earliest ?? start, start) }
    }
    return earliest.map { .notBefore($0) } ?? .refused
  }

  /// Notes a start, for the pace.
  package mutating func started(under id: String, now: Timestamp) {
    guard let grant = grants.first(where: { $0.id == id }), grant.pacing != nil else { return }
    pacedStarts[grant.budget] = now
  }

  /// When the next pull may start: `now` or earlier if it may right away; nil where there is no pace.
  private func pacedStart(_ grant: Grant, now: Timestamp) -> Timestamp? {
    guard let pacing = grant.pacing, pacing.everyMilliseconds > 0 else { return nil }
    let every = Duration.milliseconds(pacing.everyMilliseconds)
    let period = pacing.everyMilliseconds * 1000
    let offset = pacing.offsetMilliseconds * 1000
    var late = (now.microseconds - offset) % period
    if late < 0 { late += period }
    let slot = Timestamp(microseconds: now.microseconds - late)
    let window = max(Self.leastStartWindow, min(Self.latestStart, every / 10))
    let isUsed = pacedStarts[grant.budget].map { $0 >= slot && $0 <= now } ?? false
    return now - slot <= window && !isUsed ? slot : slot + every
  }
}
