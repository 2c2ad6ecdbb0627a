import KubernetesClient
import KubernetesRuntime
import Logging
import Operator
import Planning
import SwiftletAPI
import Synchronization
import Testing

/// One node, one set, the real engine, and an API server in memory.
struct NodeReconcilerTests {
  /// What a test needs around a reconciler.
  private struct Bench {
    let api = FakeAPI()
    let engine: Engine
    let mayWrite = Flag(true)
    let reconciler: NodeReconciler

    init(images: [String] = ["nginx:1"], node: Node = Samples.node("n1")) async throws {
      engine = Engine(kinds: ["ImageSet"], now: { Instant(Samples.start) })
      let mayWrite = mayWrite
      reconciler = NodeReconciler(
        api: api, engine: engine, mayWrite: { mayWrite.value }, route: { _ in }, logger: Logger(label: "test"))
      try api.put(node)
      _ = await engine.observe(node: "n1", node, hasAgent: true)
      _ = await engine.begin()
      await want(images)
      _ = await engine.markKnown("ImageSet")
    }

    func want(_ images: [String]) async {
      let set = Samples.set(images: images)
      let demands = ImageSetFrontEnd().demands(of: set, now: Instant(Samples.start)).demands
      _ = await engine.set(demands, for: ref, revision: "1")
    }

    var ref: ObjectRef { ObjectRef(kind: "ImageSet", key: ObjectKey(name: "web")) }

    var inventory: NodeInventory? { get throws { try api.read(NodeInventory.self, "n1") } }

    /// The agent says what is there, and the engine hears of it.
    func report(_ change: @Sendable (inout NodeInventoryStatus) -> Void) async throws {
      try api.change(NodeInventory.self, "n1") { inventory in
        var status = inventory.status ?? NodeInventoryStatus()
        status.nodeUID = inventory.spec.nodeUID
        status.observedGeneration = inventory.metadata.generation
        change(&status)
        inventory.status = status
      }
      _ = await engine.observe(inventory: "n1", try inventory)
    }
  }

  @Test func createsTheInventoryWithItsOwner() async throws {
    let bench = try await Bench()
    #expect(try await bench.reconciler.reconcile("n1") == .settled)
    let inventory = try #require(try bench.inventory)
    #expect(inventory.spec.nodeUID == "node-n1")
    #expect(inventory.spec.images?.keys.sorted() == ["docker.io/library/nginx:1"])
    #expect(inventory.spec.grants == nil)
    #expect(
      inventory.metadata.ownerReferences
        == [OwnerReference(apiVersion: "v1", kind: "Node", name: "n1", uid: "node-n1")])
  }

  @Test func givesATurnToANodeWhoseAgentAnswered() async throws {
    let bench = try await Bench()
    _ = try await bench.reconciler.reconcile("n1")
    try await bench.report { _ in }
    #expect(try await bench.reconciler.reconcile("n1") == .settled)
    #expect(try bench.inventory?.spec.grants?.count == 1)
  }

  @Test func writesNothingWhenNothingIsToBeDone() async throws {
    let bench = try await Bench()
    _ = try await bench.reconciler.reconcile("n1")
    let writes = bench.api.log.count
    _ = await bench.engine.observe(inventory: "n1", try bench.inventory)
    #expect(try await bench.reconciler.reconcile("n1") == .settled)
    #expect(bench.api.log.count == writes)
  }

  @Test func writesTheDifferenceAndKeepsWhatItDoesNotKnow() async throws {
    let bench = try await Bench()
    _ = try await bench.reconciler.reconcile("n1")
    try await bench.report { $0.agentVersion = "9" }
    try bench.api.change(NodeInventory.self, "n1") { $0.metadata.labels = ["a": "b"] }
    _ = await bench.engine.observe(inventory: "n1", try bench.inventory)
    await bench.want(["nginx:1", "redis:7"])
    #expect(try await bench.reconciler.reconcile("n1") == .settled)
    let inventory = try #require(try bench.inventory)
    #expect(inventory.spec.images?.count == 2)
    #expect(inventory.status?.agentVersion == "9")
    #expect(inventory.metadata.labels == ["a": "b"])
  }

  @Test func plansAgainAfterAConflict() async throws {
    let bench = try await Bench()
    _ = try await bench.reconciler.reconcile("n1")
    await bench.want(["nginx:1", "redis:7"])
    bench.api.fault(
      "patch nodeinventories",
      .after { api in
        // The agent reports in just that moment.
        do {
          try api.change(NodeInventory.self, "n1") { inventory in
            var status = NodeInventoryStatus()
            status.images = ["docker.io/library/nginx:1": NodeImage(state: .pulling)]
            inventory.status = status
          }
        } catch {
          Issue.record(error)
        }
      })
    #expect(try await bench.reconciler.reconcile("n1") == .settled)
    #expect(bench.api.count("patch nodeinventories") == 2)
    let inventory = try #require(try bench.inventory)
    #expect(inventory.spec.images?.count == 2)
    #expect(inventory.status?.images?.count == 1)
  }

  @Test func givesUpForNowWhenConflictsDoNotEnd() async throws {
    let bench = try await Bench()
    _ = try await bench.reconciler.reconcile("n1")
    await bench.want(["nginx:1", "redis:7"])
    for _ in 0..<5 { bench.api.fault("patch", .refuse(FakeAPI.error(409, "Conflict", "patch"))) }
    guard case .requeue = try await bench.reconciler.reconcile("n1") else {
      Issue.record("not put off")
      return
    }
    #expect(try await bench.reconciler.reconcile("n1") == .settled)
    #expect(try bench.inventory?.spec.images?.count == 2)
  }

  @Test func aLostAnswerDoesNotCreateTwice() async throws {
    let bench = try await Bench()
    bench.api.fault("create nodeinventories", .loseAnswer)
    await #expect(throws: KubernetesError.self) { try await bench.reconciler.reconcile("n1") }
    #expect(try await bench.reconciler.reconcile("n1") == .settled)
    #expect(bench.api.count("create") == 1)
  }

  @Test(arguments: [true, false])
  func anAmbiguousWriteDoesNotGrantTwice(isWritten: Bool) async throws {
    let bench = try await Bench()
    _ = try await bench.reconciler.reconcile("n1")
    try await bench.report { _ in }
    bench.api.fault("patch nodeinventories", isWritten ? .loseAnswer : .refuse(FakeAPI.lost("patch")))
    await #expect(throws: KubernetesError.self) { try await bench.reconciler.reconcile("n1") }
    #expect(try bench.inventory?.spec.grants?.count == (isWritten ? 1 : nil))
    let written = try bench.inventory?.spec.grants?.map(\.id)
    #expect(try await bench.reconciler.reconcile("n1") == .settled)
    let grants = try bench.inventory?.spec.grants
    #expect(grants?.count == 1)
    if isWritten { #expect(grants?.map(\.id) == written) }
    #expect(await bench.engine.figures.grants == ["default": 1])
  }

  @Test func anAnswerThatWasRefusedIsTriedAgain() async throws {
    let bench = try await Bench()
    bench.api.fault("create nodeinventories", .refuse(FakeAPI.error(500, "InternalError", "create")))
    await #expect(throws: KubernetesError.self) { try await bench.reconciler.reconcile("n1") }
    #expect(try bench.inventory == nil)
    #expect(try await bench.reconciler.reconcile("n1") == .settled)
    #expect(try bench.inventory?.spec.images?.count == 1)
  }

  @Test func writesNothingOnceLeadershipIsOver() async throws {
    let bench = try await Bench()
    bench.mayWrite.value = false
    #expect(try await bench.reconciler.reconcile("n1") == .settled)
    #expect(bench.api.log.isEmpty)
  }

  @Test func leadershipThatEndsInBetweenStopsTheWrite() async throws {
    let bench = try await Bench()
    try await makeRemovable(bench)
    let mayWrite = bench.mayWrite
    bench.api.fault("list pods", .after { _ in mayWrite.value = false })
    let before = try bench.inventory
    #expect(try await bench.reconciler.reconcile("n1") == .settled)
    #expect(try bench.inventory == before)
  }

  // MARK: Removals

  /// nginx:1 is there, pulled by Swiftlet, and nobody wants it any more.
  private func makeRemovable(_ bench: Bench) async throws {
    _ = try await bench.reconciler.reconcile("n1")
    let grants = try bench.inventory?.spec.grants?.map(\.id)
    try await bench.report { status in
      var image = NodeImage(state: .present)
      image.origin = .pulled
      image.retention = .delete
      status.images = ["docker.io/library/nginx:1": image]
      status.released = grants
    }
    _ = await bench.engine.remove(bench.ref)
  }

  @Test func permitsRemovalsAfterALookAtThePods() async throws {
    let bench = try await Bench()
    try await makeRemovable(bench)
    #expect(try await bench.reconciler.reconcile("n1") == .settled)
    #expect(bench.api.count("list pods") == 1)
    #expect(try bench.inventory?.spec.removals?.keys.sorted() == ["docker.io/library/nginx:1"])
  }

  @Test func permitsNoRemovalOfWhatAPodUses() async throws {
    let bench = try await Bench()
    try await makeRemovable(bench)
    try bench.api.put(Samples.pod("p", on: "n1", image: "nginx:1"))
    try bench.api.put(Samples.pod("q", on: "n2", image: "redis:7"))
    _ = try await bench.reconciler.reconcile("n1")
    #expect(bench.api.count("list pods") == 1)
    #expect(try bench.inventory?.spec.removals == nil)
  }

  @Test func removesNothingWithoutKnowingThePods() async throws {
    let bench = try await Bench()
    try await makeRemovable(bench)
    bench.api.fault("list pods", .refuse(FakeAPI.error(403, "Forbidden", "list")))
    await #expect(throws: KubernetesError.self) { try await bench.reconciler.reconcile("n1") }
    #expect(try bench.inventory?.spec.removals == nil)
    #expect(try bench.inventory?.spec.images == nil)
  }

  // MARK: Nodes that go

  @Test func aReplacedNodeGetsAFreshInventory() async throws {
    let bench = try await Bench()
    _ = try await bench.reconciler.reconcile("n1")
    let old = try #require(try bench.inventory)
    let node = Samples.node("n1", uid: "node-new")
    try bench.api.put(node)
    let output = await bench.engine.observe(node: "n1", node, hasAgent: true)
    #expect(output.nodes.contains("n1"))
    #expect(try await bench.reconciler.reconcile("n1") == .settled)
    let new = try #require(try bench.inventory)
    #expect(new.metadata.uid != old.metadata.uid)
    #expect(new.spec.nodeUID == "node-new")
    #expect(new.metadata.ownerReferences?.map(\.uid) == ["node-new"])
  }

  @Test func anInventoryOfANewerNodeThanTheInformerKnowsIsLeftAlone() async throws {
    let bench = try await Bench()
    _ = try await bench.reconciler.reconcile("n1")
    try bench.api.put(Samples.node("n1", uid: "node-new"))
    try bench.api.change(NodeInventory.self, "n1") { $0.spec.nodeUID = "node-new" }
    _ = await bench.engine.observe(inventory: "n1", try bench.inventory)
    let before = try bench.inventory
    guard case .requeue = try await bench.reconciler.reconcile("n1") else {
      Issue.record("not put off")
      return
    }
    #expect(try bench.inventory == before)
  }

  @Test func anOrphanIsDeletedOnceItsNodeIsGoneForCertain() async throws {
    let bench = try await Bench()
    _ = try await bench.reconciler.reconcile("n1")
    let output = await bench.engine.observe(node: "n1", nil, hasAgent: false)
    #expect(output.nodes.contains("n1"))
    // The informer says so, the server doesn't.
    guard case .requeue = try await bench.reconciler.reconcile("n1") else {
      Issue.record("not put off")
      return
    }
    #expect(try bench.inventory != nil)
    bench.api.drop("nodes", ObjectKey(name: "n1"))
    #expect(try await bench.reconciler.reconcile("n1") == .settled)
    #expect(try bench.inventory == nil)
  }

  // MARK: What the engine believes

  @Test func anOlderVersionFromTheWatchDoesNotUndoAWrite() async throws {
    let bench = try await Bench()
    _ = try await bench.reconciler.reconcile("n1")
    let old = try #require(try bench.inventory)
    await bench.want(["nginx:1", "redis:7"])
    _ = try await bench.reconciler.reconcile("n1")
    let writes = bench.api.log.count
    _ = await bench.engine.observe(inventory: "n1", old)
    _ = await bench.engine.observe(inventory: "n1", nil)
    #expect(try await bench.reconciler.reconcile("n1") == .settled)
    #expect(bench.api.log.count == writes)
    // The next write is made from the newest version, so it doesn't conflict.
    await bench.want(["nginx:1", "redis:7", "busybox:1"])
    #expect(try await bench.reconciler.reconcile("n1") == .settled)
    #expect(bench.api.log.count == writes + 1)
  }

  @Test func aDeletedInventoryIsMadeAgain() async throws {
    let bench = try await Bench()
    _ = try await bench.reconciler.reconcile("n1")
    let uid = try #require(try bench.inventory?.metadata.uid)
    bench.api.drop("nodeinventories", ObjectKey(name: "n1"))
    _ = await bench.engine.observe(inventory: "n1", nil, removed: [uid])
    #expect(try await bench.reconciler.reconcile("n1") == .settled)
    #expect(try bench.inventory?.spec.images?.count == 1)
  }
}

/// A value that a test changes while others read it.
final class Flag: Sendable {
  private let state: Mutex<Bool>

  init(_ value: Bool) {
    state = Mutex(value)
  }

  var value: Bool {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
}
