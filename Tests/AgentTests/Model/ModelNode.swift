import Agent
import ContainerRuntime
import KubernetesClient
import OCI
import SwiftletAPI
import TestSupport
import Testing

/// One node in virtual time: the agent's state, a runtime, a stored ledger, and the node's object at the server.
///
/// Everything that the agent does is checked against the rules as it happens.
struct ModelNode {
  enum Operation {
    case event(AgentEvent)
    case list(sequence: Int, isDetailed: Bool)
    case pull(PullOrder)
    case inspect(String)
    case remove(name: String, id: String)
    case untag(ImageReference)
    case pin(id: String, Bool)
    case save(Ledger, revision: Int)
    case write(from: NodeInventoryStatus, to: NodeInventoryStatus)
    case read
  }

  struct Scheduled {
    var at: Timestamp
    var order: Int
    var operation: Operation
  }

  var generator: SeededGenerator
  var now = Timestamp(microseconds: 1_700_000_000_000_000)
  var runtime = ModelRuntime()
  /// What the registries have: name → image ID; nil: not found.
  var registry: [String: String] = [:]
  var agent: AgentState
  var wakeAt: Timestamp?
  var ledger = Ledger()
  var inventory: NodeInventory?
  /// What the agent was told last.
  var delivered: NodeInventory?
  var queue: [Scheduled] = []
  var order = 0
  var cancelled: Set<Int> = []
  /// The agent's pulls that the runtime works on, by ID.
  var pulling: [Int: PullOrder] = [:]

  /// Names whose image is there because of a pull of ours, or may be as far as the agent can know.
  var ours: Set<String> = []
  /// Those of them that are there because of a pull of ours for sure.
  var surelyOurs: Set<String> = []
  /// Grants that the agent may have told the server that it gave back.
  var everReleased: Set<String> = []
  var pacedStarts: [String: Timestamp] = [:]
  var failures: [String] = []
  var statusWrites: [Timestamp] = []
  var pullStarts = 0
  var otherActions = 0
  var isFinished = false
  /// Pins that are being changed.
  var pinning: [String: Bool] = [:]

  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
    agent = AgentState(version: "test", now: now)
  }

  mutating func fail(_ text: String) { failures.append("at \(now): \(text)") }

  // MARK: Time

  mutating func schedule(_ operation: Operation, after delay: Duration) {
    order += 1
    queue.append(Scheduled(at: now + delay, order: order, operation: operation))
  }

  func delay(_ range: ClosedRange<Int>, using generator: inout SeededGenerator) -> Duration {
    .milliseconds(Int.random(in: range, using: &generator))
  }

  /// Lets time pass, and everything happen that falls into it.
  mutating func run(for duration: Duration) {
    let end = now + duration
    var steps = 0
    while true {
      steps += 1
      if steps > 20_000 { fail("the agent doesn't come to rest within one stretch of time") }
      // Broken as it is, more of it says nothing new.
      if failures.count > 20 { break }
      let next = queue.indices.min { (queue[$0].at, queue[$0].order) < (queue[$1].at, queue[$1].order) }
      let operationAt = next.map { queue[$0].at }
      guard let at = [operationAt, wakeAt].compactMap({ $0 }).min(), at <= end else { break }
      now = max(now, at)
      if let next, let operationAt, operationAt <= now {
        let scheduled = queue.remove(at: next)
        perform(scheduled.operation)
      } else {
        wakeAt = nil
        tell(.timer)
      }
    }
    now = max(now, end)
  }

  /// Prints what happens to one image; set it to look into a failure.
  var traced: String?

  private func trace(_ event: AgentEvent, _ turn: AgentTurn, _ name: String) {
    var text = "\(event)"
    switch event {
    case .imagesListed(let sequence, let listing):
      text = "listed \(sequence): \(listing.images.contains { $0.tags.contains(name) || $0.digests.contains(name) })"
    case .plan(let inventory):
      text = "plan: \(String(describing: inventory?.spec.images?[name])) \(inventory?.spec.grants?.map(\.id) ?? [])"
    case .statusWritten, .statusRead: return
    default: break
    }
    let actions = turn.actions.compactMap { action -> String? in
      switch action {
      case .startPull(let order): order.name == name ? "pull \(order.id)" : nil
      case .writeStatus, .readStatus, .listImages: nil
      case .saveLedger(let ledger, _): "save \(ledger.images[name].map { "\($0)" } ?? "nothing")"
      default: "\(action)"
      }
    }
    let entry = agent.ledger[name].map { "\($0)" } ?? "nothing"
    print("\(now) \(text.prefix(300)) → \(actions) ledger: \(entry) ours: \(ours.contains(name))")
  }

  // MARK: The agent

  mutating func tell(_ event: AgentEvent) {
    if isFinished { return }
    var generator = SeededGenerator(seed: self.generator.next())
    let turn = agent.handle(event, now: now, using: &generator)
    wakeAt = turn.wakeAt
    if let wakeAt = turn.wakeAt, wakeAt <= now { fail("wakes at once after \(event)") }
    for action in turn.actions { take(action) }
    if let traced { trace(event, turn, traced) }
    checkRunning()
  }

  private mutating func take(_ action: AgentAction) {
    switch action {
    case .listImages: break
    case .writeStatus: statusWrites.append(now)
    default: otherActions += 1
    }
    switch action {
    case .startPull(let order):
      checkStart(order)
      pullStarts += 1
      pulling[order.id] = order
      if runtime.has(order.name) == false, !order.isRefresh, ledger.images[order.name]?.isIntended != true {
        fail("pull of \(order.name) started without a note in the stored ledger")
      }
      if runtime.isUp, runtime.has(order.name), !order.isRefresh {
        pulling[order.id] = nil
        schedule(.event(.pullEnded(name: order.name, id: order.id, .foundThere)), after: .milliseconds(3))
      } else {
        schedule(.pull(order), after: delay(20...4000, using: &generator))
      }
    case .cancelPull(_, let id):
      cancelled.insert(id)
      for index in queue.indices {
        if case .pull(let order) = queue[index].operation, order.id == id {
          queue[index].at = min(queue[index].at, now + .milliseconds(30))
        }
      }
    case .listImages(let sequence, let isDetailed):
      schedule(.list(sequence: sequence, isDetailed: isDetailed), after: delay(1...60, using: &generator))
    case .inspect(let name): schedule(.inspect(name), after: delay(1...40, using: &generator))
    case .remove(let name, let id):
      checkRemoval(id)
      schedule(.remove(name: name, id: id), after: delay(0...2, using: &generator))
    case .untag(let reference):
      checkUntag(reference.normalized)
      schedule(.untag(reference), after: delay(0...2, using: &generator))
    case .setPinned(let id, let isPinned):
      if !ledger.pins.contains(id) { fail("\(isPinned ? "pin" : "unpin") of \(id) that the ledger doesn't have") }
      if isPinned { checkPin(id) }
      pinning[id] = isPinned
      schedule(.pin(id: id, isPinned), after: delay(1...50, using: &generator))
    case .saveLedger(let ledger, let revision):
      schedule(.save(ledger, revision: revision), after: delay(0...30, using: &generator))
    case .writeStatus(let from, let to):
      checkStatus(to)
      everReleased.formUnion(to.released ?? [])
      schedule(.write(from: from, to: to), after: delay(1...80, using: &generator))
    case .readStatus: schedule(.read, after: delay(1...80, using: &generator))
    case .finish: isFinished = true
    }
  }

  private static func unavailable(_ operation: String) -> RuntimeError {
    RuntimeError(operation: operation, kind: .unavailable, reason: .runtimeUnavailable, message: "no socket")
  }

  private mutating func perform(_ operation: Operation) {
    switch operation {
    case .event(let event):
      if case .plan(let inventory) = event { delivered = inventory }
      tell(event)
    case .list(let sequence, let isDetailed):
      guard runtime.isUp else { return tell(.listFailed(sequence: sequence, Self.unavailable("list"))) }
      tell(.imagesListed(sequence: sequence, runtime.listing(isDetailed: isDetailed)))
    case .pull(let order): finishPull(order)
    case .inspect(let name):
      guard runtime.isUp else { return tell(.inspectionFailed(name: name, Self.unavailable("inspect"))) }
      tell(
        .inspected(
          name: name, RemovalInspection(images: runtime.listed, containers: runtime.listedContainers)))
    case .remove(let name, let id):
      guard runtime.isUp else { return tell(.removalEnded(name: name, Self.unavailable("remove"))) }
      let image = runtime.images.removeValue(forKey: id)
      disown((image?.tags ?? []).union(image?.digests ?? []))
      tell(.removalEnded(name: name, nil))
    case .untag(let reference):
      let name = reference.normalized
      guard runtime.isUp else { return tell(.removalEnded(name: name, Self.unavailable("untag"))) }
      guard runtime.canUntag else {
        return tell(.removalEnded(name: name, .unsupported("untag", by: "model")))
      }
      runtime.drop(name)
      disown([name])
      tell(.removalEnded(name: name, nil))
    case .pin(let id, let isPinned):
      pinning[id] = nil
      guard runtime.isUp else {
        return tell(.pinEnded(id: id, isPinned: isPinned, Self.unavailable("pin")))
      }
      guard runtime.images[id] != nil else {
        let error = RuntimeError(operation: "pin", message: "no such image")
        return tell(.pinEnded(id: id, isPinned: isPinned, error))
      }
      runtime.images[id]?.pinned = isPinned
      tell(.pinEnded(id: id, isPinned: isPinned, nil))
    case .save(let ledger, let revision):
      self.ledger = ledger
      tell(.ledgerSaved(revision: revision, failure: nil))
    case .write(let from, let to): write(from: from, to: to)
    case .read: tell(.statusRead(inventory))
    }
  }

  private mutating func finishPull(_ order: PullOrder) {
    guard pulling.removeValue(forKey: order.id) != nil else { return }
    let operation = "pull \(order.name)"
    let isLate = cancelled.remove(order.id) != nil && Bool.random(using: &generator)
    if isLate {
      return tell(
        .pullEnded(
          name: order.name, id: order.id,
          .failed(RuntimeError(operation: operation, kind: .cancelled, message: "cancelled"))))
    }
    guard runtime.isUp else {
      return tell(.pullEnded(name: order.name, id: order.id, .failed(Self.unavailable(operation))))
    }
    guard let id = registry[order.name], Int.random(in: 0..<8, using: &generator) > 0 || isHealthy else {
      return tell(
        .pullEnded(
          name: order.name, id: order.id,
          .failed(RuntimeError(operation: operation, reason: .notFound, message: "no such manifest"))))
    }
    if let capacity = runtime.capacity, runtime.images[id] == nil, runtime.usedBytes + runtime.size(id) > capacity {
      return tell(
        .pullEnded(
          name: order.name, id: order.id,
          .failed(RuntimeError(operation: operation, reason: .diskFull, message: "no space left on device"))))
    }
    complete(order.name, id: id)
    tell(.pullEnded(name: order.name, id: order.id, .pulled))
  }

  mutating func disown(_ names: Set<String>) {
    ours.subtract(names)
    surelyOurs.subtract(names)
  }

  /// No failures by chance.
  var isHealthy = false

  /// A pull of ours put the image there.
  mutating func complete(_ name: String, id: String) {
    if !runtime.has(name) {
      ours.insert(name)
      surelyOurs.insert(name)
    }
    do { try runtime.add(name, id: id) } catch { fail("\(error)") }
  }

  private mutating func write(from: NodeInventoryStatus, to: NodeInventoryStatus) {
    guard inventory != nil else { return tell(.statusFailed(.notFound)) }
    let chance = isHealthy ? 100 : Int.random(in: 0..<20, using: &generator)
    if chance == 0 { return tell(.statusFailed(.failed(message: "429", retryAfter: .seconds(1)))) }
    do {
      let patch = try StatusPatch.make(from: from, to: to)?["status"]
      if patch == nil { fail("a status write without a difference") }
      let old = try JSONValue(encoding: inventory?.status ?? NodeInventoryStatus())
      inventory?.status = try old.applying(mergePatch: patch ?? .object([:])).decoded()
    } catch {
      fail("\(error)")
    }
    deliver()
    if chance == 1 { return tell(.statusFailed(.failed(message: "connection lost", retryAfter: nil))) }
    tell(.statusWritten(inventory?.status ?? NodeInventoryStatus()))
  }

  /// The watch tells the agent what the server has now, in order.
  mutating func deliver() {
    let pending = queue.last {
      if case .event(.plan) = $0.operation { return true }
      return false
    }
    let earliest = max(pending?.at ?? now, now)
    schedule(.event(.plan(inventory)), after: (earliest - now) + delay(1...50, using: &generator))
  }
}
