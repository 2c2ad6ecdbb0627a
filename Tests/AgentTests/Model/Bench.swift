import Agent
import ContainerRuntime
import KubernetesClient
import OCI
import SwiftletAPI
import TestSupport

/// The agent's state with everything around it at hand: ledger writes, lists and status writes are answered at once
/// from what the test set up; pulls, removals and pins end when the test says so.
struct Bench {
  var state: AgentState
  var now = Timestamp(microseconds: 1_700_000_000_000_000)
  var generator = SeededGenerator(seed: 7)
  var runtime = ModelRuntime()
  var inventory = NodeInventory(
    metadata: ObjectMeta(name: "node", uid: "object", generation: 2), spec: NodeInventorySpec(nodeUID: "uid"))
  var ledger = Ledger()
  var answersLedger = true
  var answersStatus = true
  /// What was asked for and isn't answered by itself, in order.
  var actions: [AgentAction] = []
  var writes: [(at: Timestamp, to: NodeInventoryStatus)] = []
  var wakeAt: Timestamp?
  var isFinished = false

  init(ledger: Ledger = Ledger(), status: NodeInventoryStatus? = nil, limits: DiskLimits = .standard) {
    self.ledger = ledger
    inventory.status = status
    state = AgentState(version: "1", ledger: ledger, limits: limits, now: now)
  }

  /// Starts with the plan as it is.
  mutating func begin() {
    tell(.timer)
    deliver()
  }

  mutating func deliver() {
    inventory.metadata.generation = (inventory.metadata.generation ?? 0) + 1
    tell(.plan(inventory))
  }

  mutating func tell(_ event: AgentEvent) {
    let turn = state.handle(event, now: now, using: &generator)
    wakeAt = turn.wakeAt
    for action in turn.actions { take(action) }
  }

  private mutating func take(_ action: AgentAction) {
    switch action {
    case .saveLedger(let ledger, let revision) where answersLedger:
      self.ledger = ledger
      tell(.ledgerSaved(revision: revision, failure: nil))
    case .listImages(let sequence, let isDetailed):
      if runtime.isUp {
        tell(.imagesListed(sequence: sequence, runtime.listing(isDetailed: isDetailed)))
      } else {
        let error = RuntimeError(operation: "list", kind: .unavailable, message: "no socket")
        tell(.listFailed(sequence: sequence, error))
      }
    case .inspect(let name):
      tell(.inspected(name: name, RemovalInspection(images: runtime.listed, containers: runtime.listedContainers)))
    case .writeStatus(_, let to) where answersStatus:
      writes.append((now, to))
      inventory.status = to
      tell(.statusWritten(to))
    case .readStatus where answersStatus: tell(.statusRead(inventory))
    case .finish: isFinished = true
    default: actions.append(action)
    }
  }

  /// Lets time pass, waking the state whenever it asked for it.
  mutating func pass(_ duration: Duration) {
    let end = now + duration
    var turns = 0
    while let at = wakeAt, at <= end, turns < 2_000 {
      now = max(now, at)
      wakeAt = nil
      turns += 1
      tell(.timer)
    }
    now = end
  }

  // MARK: What the test plans

  mutating func plan(_ names: String..., change: (inout PlannedImage) -> Void = { _ in }) {
    for name in names {
      var planned = PlannedImage()
      planned.pin = false
      change(&planned)
      inventory.spec.images = (inventory.spec.images ?? [:]).merging([name: planned]) { $1 }
    }
  }

  mutating func grant(
    _ id: String, pulls: Int = 1, for duration: Duration = .seconds(120), change: (inout Grant) -> Void = { _ in }
  ) {
    var grant = Grant(id: id, budget: "default", until: now + duration, pulls: pulls)
    change(&grant)
    inventory.spec.grants = (inventory.spec.grants ?? []).filter { $0.id != id } + [grant]
  }

  mutating func permit(_ names: String...) {
    for name in names {
      inventory.spec.removals = (inventory.spec.removals ?? [:]).merging(
        [name: RemovalPermit(until: now + .seconds(120))]
      ) { $1 }
    }
  }

  // MARK: What the test sees

  /// The pulls that were started and not ended, in order.
  var pulls: [PullOrder] {
    actions.compactMap {
      guard case .startPull(let order) = $0 else { return nil }
      return order
    }
  }

  var pullNames: [String] { pulls.map(\.name) }

  var cancelled: [String] {
    actions.compactMap {
      guard case .cancelPull(let name, _) = $0 else { return nil }
      return name
    }
  }

  var status: NodeInventoryStatus { inventory.status ?? NodeInventoryStatus() }

  func image(_ name: String) -> NodeImage? { status.images?[name] }

  // MARK: What the test makes happen

  mutating func forget(_ name: String) -> PullOrder? {
    let order = pulls.first { $0.name == name }
    actions.removeAll {
      switch $0 {
      case .startPull(let order): order.name == name
      case .cancelPull(let cancelled, _): cancelled == name
      default: false
      }
    }
    return order
  }

  /// A pull goes well.
  mutating func finish(_ name: String, id: String = fakeID(1)) throws {
    guard let order = forget(name) else { return }
    try runtime.add(name, id: id)
    tell(.pullEnded(name: name, id: order.id, .pulled))
  }

  /// A pull ends in another way.
  mutating func end(_ name: String, _ outcome: PullOutcome) {
    guard let order = forget(name) else { return }
    tell(.pullEnded(name: name, id: order.id, outcome))
  }

  static func failure(_ reason: PullFailureReason) -> PullOutcome {
    .failed(RuntimeError(operation: "pull", reason: reason, message: "it says \(reason)"))
  }

  static let unavailable = PullOutcome.failed(
    RuntimeError(operation: "pull", kind: .unavailable, reason: .runtimeUnavailable, message: "gone"))
  static let stopped = PullOutcome.failed(RuntimeError(operation: "pull", kind: .cancelled, message: "cancelled"))
}
