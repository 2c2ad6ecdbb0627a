import Metrics
import Planning
import Synchronization

// Every metric of the operator itself. Label values come from code, or are bounded here.

/// What the operator counts.
package enum OperatorMetrics {
  /// What became of a write to a NodeInventory.
  package enum PlanWrite: String, CaseIterable, Sendable {
    case written
    case conflict
    case ambiguous
    case failed
  }

  private static func planWrites(_ result: PlanWrite) -> Counter {
    Counter(label: "swiftlet_plan_writes_total", dimensions: [("result", result.rawValue)])
  }

  private static func nodes(_ state: String) -> Gauge {
    Gauge(label: "swiftlet_nodes", dimensions: [("state", state)])
  }

  /// `swiftlet_plan_writes_total{result}`.
  static func count(_ result: PlanWrite) { planWrites(result).increment() }

  /// `swiftlet_leader`: 1 while this process plans.
  static func record(leads: Bool) { Gauge(label: "swiftlet_leader").record(leads ? 1 : 0) }

  /// `swiftlet_nodes{state}`: Nodes that are known, and those with an agent that is up.
  static func record(nodes count: Int, agents: Int) {
    nodes("known").record(count)
    nodes("agent").record(agents)
  }

  static let pairs = PairMetrics()
  static let grants = GrantMetrics()

  /// Makes every metric, at zero.
  package static func register() {
    for result in PlanWrite.allCases { planWrites(result).increment(by: 0) }
    record(leads: false)
    record(nodes: 0, agents: 0)
    pairs.reset()
    grants.record([:])
  }
}

/// `swiftlet_pairs{state}`: the pairs of all sets together; a pair that two sets want counts twice.
final class PairMetrics: Sendable {
  private struct State {
    var byObject: [ObjectRef: PairTally] = [:]
    var total = PairTally()
  }

  private let state = Mutex(State())

  func set(_ ref: ObjectRef, _ progress: ObjectProgress) {
    update { state in
      var sum = PairTally()
      for status in progress.statuses.values { sum.add(status.pairs, factor: 1) }
      if let old = state.byObject.updateValue(sum, forKey: ref) { state.total.add(old, factor: -1) }
      state.total.add(sum, factor: 1)
    }
  }

  func remove(_ ref: ObjectRef) {
    update { state in
      if let old = state.byObject.removeValue(forKey: ref) { state.total.add(old, factor: -1) }
    }
  }

  func reset() {
    update { $0 = State() }
  }

  private func update(_ change: (inout sending State) -> Void) {
    let total = state.withLock { state in
      change(&state)
      return state.total
    }
    let values = [
      ("desired", total.desired), ("present", total.present), ("pulling", total.pulling),
      ("waiting", total.waiting), ("failed", total.failed), ("removing", total.removing),
    ]
    for (name, value) in values {
      Gauge(label: "swiftlet_pairs", dimensions: [("state", name)]).record(value)
    }
  }
}

extension PairTally {
  fileprivate mutating func add(_ other: PairTally, factor: Int) {
    desired += other.desired * factor
    present += other.present * factor
    pulling += other.pulling * factor
    waiting += other.waiting * factor
    failed += other.failed * factor
    removing += other.removing * factor
  }
}

/// `swiftlet_grants_in_force{budget}`: the first 20 budgets by their own name, the rest as `other`.
final class GrantMetrics: Sendable {
  private static let maxBudgets = 20

  private let names = Mutex<Set<String>>([BudgetLimits.defaultName])

  func record(_ totals: [String: Int]) {
    let known = names.withLock { names in
      for name in totals.keys.sorted() where names.count < Self.maxBudgets { names.insert(name) }
      return names
    }
    for name in known { gauge(name).record(totals[name] ?? 0) }
    let rest = totals.filter { !known.contains($0.key) }.values.reduce(0, +)
    if rest > 0 || known.count >= Self.maxBudgets { gauge("other").record(rest) }
  }

  private func gauge(_ budget: String) -> Gauge {
    Gauge(label: "swiftlet_grants_in_force", dimensions: [("budget", budget)])
  }
}
