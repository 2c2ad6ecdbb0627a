package import Agent
package import KubernetesClient
import Operator
import Planning
package import SwiftletAPI
import Synchronization

/// The controller's part for one machine without Kubernetes: plans with the controller's own engine, and hands the plan
/// to the agent in the same process. The NodeInventory between them lives in memory.
package final class LocalPlan: PlanSource, StatusSink, Sendable {
  /// What is told of every change.
  package typealias Listener = @Sendable (ApplyPicture) -> Void

  private struct State {
    var inventory: NodeInventory
    var version = 1
    var isFollowed = false
    /// Images whose attempts are used up, as they were then.
    var givenUp: [String: NodeImage] = [:]
    /// How many of these the plan knows of.
    var planned = 0
    var history: ApplyHistory
  }

  private static let name = "this-machine"
  /// Above one: a first, empty plan would count as one that isn't filled in yet.
  private static let firstGeneration: Int64 = 2
  /// How often a plan is made anew within one go.
  private static let maxRounds = 10

  private let state: Mutex<State>
  private let engine: Engine
  private let demands: LocalDemands
  private let budgets: [PullBudget]
  private let labels: [String: String]
  private let attempts: Int
  private let now: @Sendable () -> Timestamp
  private let listener: Listener
  private let changes: AsyncStream<Void>
  private let signal: AsyncStream<Void>.Continuation

  /// - Parameters:
  ///   - labels: what selectors see.
  ///   - attempts: how often an image is tried at most.
  ///   - there: every name of an image that is there now.
  ///   - hasLogins: whether there are logins to ask for before pulls.
  package init(
    _ manifests: LocalManifests, labels: [String: String] = [:], attempts: Int, there: Set<String> = [],
    hasLogins: Bool = false,
    now: @escaping @Sendable () -> Timestamp, listener: @escaping Listener
  ) {
    let start = now()
    let metadata = ObjectMeta(name: Self.name, uid: Self.name, resourceVersion: "1", generation: Self.firstGeneration)
    let inventory = NodeInventory(metadata: metadata, spec: NodeInventorySpec(nodeUID: Self.name))
    state = Mutex(State(inventory: inventory, history: ApplyHistory(startedAt: start, there: there)))
    engine = Engine(kinds: [ImageSetFrontEnd.kind]) { Instant(now()) }
    demands = LocalDemands(
      manifests.sets, now: start, logins: hasLogins ? PullSecret(namespace: "", name: "") : nil)
    budgets = manifests.budgets
    self.labels = labels
    self.attempts = attempts
    self.now = now
    self.listener = listener
    (changes, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Whether an agent has taken the plan.
  package var isFollowed: Bool { state.withLock { $0.isFollowed } }

  package var picture: ApplyPicture { state.withLock { Self.picture(of: $0) } }

  private static func picture(of state: State) -> ApplyPicture {
    ApplyPicture(inventory: state.inventory, givenUp: state.givenUp, history: state.history)
  }

  /// The plan for a machine of which nothing is known yet.
  package func firstPlan() async -> NodeInventorySpec {
    await begin()
    let (work, _) = await engine.plan(Self.name, usedByPods: [])
    return work.plan.spec.map { NodeInventorySpec($0) } ?? NodeInventorySpec(nodeUID: Self.name)
  }

  // MARK: The agent's side

  package func follow(_ deliver: @escaping @Sendable (NodeInventory?) -> Void) async throws {
    state.withLock { $0.isFollowed = true }
    await begin()
    var wakeAt = await settle(deliver)
    // Where nothing is wanted there was nothing to plan; the agent has to hear of that too.
    let first = state.withLock { $0.inventory }
    if first.metadata.generation == Self.firstGeneration { deliver(first) }
    while !Task.isCancelled {
      await wait(until: wakeAt)
      wakeAt = await settle(deliver)
    }
  }

  package func read() async throws(StatusFailure) -> NodeInventory? { state.withLock { $0.inventory } }

  package func write(
    from old: NodeInventoryStatus, to new: NodeInventoryStatus
  ) async throws(StatusFailure) -> NodeInventoryStatus {
    let picture = state.withLock { state in
      state.inventory.status = new
      state.version += 1
      state.inventory.metadata.resourceVersion = "\(state.version)"
      state.history.note(state.inventory)
      // With the failure itself: nobody is told that the last attempt will be followed by another.
      Self.giveUp(in: &state, after: attempts)
      return Self.picture(of: state)
    }
    listener(picture)
    signal.yield()
    return new
  }

  // MARK: The controller's side

  private func begin() async {
    var labels = labels
    labels["kubernetes.io/os"] = "linux"
    let node = Node(
      metadata: ObjectMeta(name: Self.name, uid: Self.name, labels: labels),
      status: NodeStatus(conditions: [StatusCondition(type: "Ready", status: .yes)]))
    _ = await engine.observe(node: Self.name, node, hasAgent: true)
    for budget in budgets { _ = await engine.observe(budget: budget.key.name, BudgetLimits(budget.spec)) }
    await engine.load(inventories: [state.withLock { $0.inventory }])
    await feed([])
    _ = await engine.begin()
    _ = await engine.markKnown(ImageSetFrontEnd.kind)
  }

  private func feed(_ givenUp: Set<ImageKey>) async {
    for (ref, demands) in demands.demands(givenUp: givenUp) {
      _ = await engine.set(demands, for: ref, revision: "1")
    }
  }

  /// Plans until there is nothing new to say.
  ///
  /// - Returns: when to look again by itself.
  private func settle(_ deliver: @Sendable (NodeInventory?) -> Void) async -> Timestamp? {
    var output = await engine.observe(inventory: Self.name, state.withLock { $0.inventory })
    if let givenUp = newlyGivenUp() {
      await feed(givenUp)
      output = await engine.wake()
    }
    for _ in 0..<Self.maxRounds {
      let (work, after) = await engine.plan(Self.name, usedByPods: [])
      output = after
      guard let spec = work.plan.spec else { break }
      let (inventory, picture) = state.withLock { state in
        state.inventory.spec = NodeInventorySpec(spec)
        state.version += 1
        state.inventory.metadata.resourceVersion = "\(state.version)"
        state.inventory.metadata.generation = (state.inventory.metadata.generation ?? Self.firstGeneration) + 1
        return (state.inventory, Self.picture(of: state))
      }
      output = await engine.committed(Self.name, inventory)
      deliver(inventory)
      listener(picture)
    }
    return output.wakeAt.map { Timestamp($0) }
  }

  /// All images that were given up so far; nil where the plan knows of each.
  private func newlyGivenUp() -> Set<ImageKey>? {
    state.withLock { state in
      guard state.planned != state.givenUp.count else { return nil }
      state.planned = state.givenUp.count
      return Set(state.givenUp.keys.map { ImageKey(normalized: $0) })
    }
  }

  /// Gives up images that were tried often enough.
  private static func giveUp(in state: inout State, after attempts: Int) {
    for (name, image) in state.inventory.status?.images ?? [:] {
      guard state.inventory.spec.images?[name] != nil, state.givenUp[name] == nil, (image.attempts ?? 0) >= attempts,
        image.state == .failed || image.state == .present
      else { continue }
      state.givenUp[name] = image
    }
  }

  private func wait(until time: Timestamp?) async {
    let changes = changes
    let pause = time.map { max($0 - now(), .milliseconds(20)) }
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        var iterator = changes.makeAsyncIterator()
        _ = await iterator.next()
      }
      if let pause {
        group.addTask {
          do {
            try await ContinuousClock().sleep(for: pause)
          } catch {
            // Something changed, or the whole is cancelled.
            return
          }
        }
      }
      await group.next()
      group.cancelAll()
    }
  }
}
