import Execution
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

@Suite struct HistoryTests {
  static let names = (0..<8).map { "reg.example.com/t/i\($0):1" }

  /// Random histories: whatever crashes, lags, is evicted, wanted or not wanted, in the end the status says what is on
  /// the node, and at no time did anything happen that mustn't.
  @Test(arguments: seeds("jobs-history", count: 40))
  func whateverHappensNothingIsLostOrDoneTwice(seed: UInt64) throws {
    try run(seed) { _ in }
  }

  /// The same where images can be mounted: what the registry hasn't is named, and what isn't there isn't said to be,
  /// although the statuses of such pods tell neither.
  @Test(arguments: seeds("jobs-mounts", count: 40))
  func soItIsWithImageVolumes(seed: UInt64) throws {
    try run(seed) { model in
      model.mountsImages = true
      model.dropsVolumes = model.chance(15)
      model.isStuck = model.chance(15)
    }
  }

  private func run(_ seed: UInt64, _ change: (inout ModelNode) -> Void) throws {
    var model = ModelNode(images: Array(Self.names.prefix(5)), generator: SeededGenerator(seed: seed))
    model.foreign = Set(Self.names.filter { _ in model.chance(20) })
    model.onNode = model.foreign
    model.broken = Set(Self.names.filter { _ in model.chance(20) }).subtracting(model.foreign)
    model.inUse = Set(Self.names.filter { _ in model.chance(15) })
    if model.chance(30) { model.settings.retention = .retain }
    if model.chance(20) { model.settings.swiftletImage = nil }
    change(&model)
    let pulls = model.chance(50) ? 1 : 3
    for _ in 0..<150 {
      model.disturb(Self.names)
      model.plan(pulls: pulls)
      model.reconcile(crashAfter: model.chance(25) ? (model.chance(50) ? 0 : 1) : nil)
      for index in model.runs.indices where model.chance(70) { model.step(index) }
      guard check(model) else { return }
      model.now = model.now + .seconds(model.chance(10) ? 40 : 2)
    }
    model.settle(pulls: pulls)
    guard check(model) else { return }
    checkEnd(model)
  }

  private func check(_ model: ModelNode) -> Bool {
    guard model.problems == [] else {
      #expect(model.problems == [])
      return false
    }
    for (name, image) in model.images where image.state == .present && model.inventory.spec.images?[name] != nil {
      #expect(model.onNode.contains(name) || model.vanished.contains(name), "\(name) isn't there")
    }
    // A failure counts once, whoever counts it.
    for (name, image) in model.images where model.inventory.spec.images?[name] != nil {
      let tries = model.runs.count { $0.order.kind != .look && $0.order.items.contains { $0.image == name } }
      #expect((image.attempts ?? 0) <= tries, "\(name): \(image.attempts ?? 0) of \(tries)")
    }
    return true
  }

  private func checkEnd(_ model: ModelNode) {
    let planned = model.inventory.spec.images ?? [:]
    for name in planned.keys {
      let state = model.images[name]?.state
      #expect(state == (model.broken.contains(name) && !model.onNode.contains(name) ? .failed : .present), "\(name)")
      if state == .failed { #expect(model.images[name]?.reason == "NotFound") }
    }
    #expect(model.foreign.isSubset(of: model.onNode))
    for (name, image) in model.images where planned[name] == nil {
      #expect(model.inUse.contains(name) && image.reason == "InUse", "\(name) is left over: \(image)")
    }
    let left = model.active.filter { $0.job.metadata.annotations?[JobOrder.settledAnnotation] == nil }
    #expect(left.isEmpty)
  }

  /// What one Job found is written down before the Job goes, although another image is still unknown.
  @Test func whatALookFoundIsKept() {
    var model = ModelNode(images: [Self.names[0]], generator: SeededGenerator(seed: 1))
    model.plan()
    model.reconcile()
    model.changeSpec { $0.images?[Self.names[1]] = PlannedImage() }
    for _ in 0..<3 {
      model.reconcile()
      for index in model.runs.indices { model.step(index) }
    }
    model.reconcile()
    #expect(model.images[Self.names[0]] != nil)
    #expect(model.runs.count { $0.order.kind == .look && $0.order.items[0].image == Self.names[0] } == 1)
    model.settle(pulls: 1)
    #expect(model.images.values.allSatisfy { $0.state == .present } && model.images.count == 2)
  }

  /// That a Job is over may be known before what its pod says.
  @Test func aLookWhosePodIsHeardOfLaterIsNotLost() {
    var model = ModelNode(images: [Self.names[0]], generator: SeededGenerator(seed: 1))
    model.onNode = [Self.names[0]]
    model.reconcile()
    model.step(0)
    let early = model.runs[0].pod
    model.step(0)
    let late = model.runs[0].pod
    model.runs[0].pod = early
    model.reconcile()
    #expect(model.runs.count == 1 && !model.runs[0].isDeleted)
    model.runs[0].pod = late
    model.reconcile()
    #expect(model.images[Self.names[0]]?.origin == .found && model.runs[0].isDeleted)
    #expect(model.inventory.status?.conditions == nil)
  }

  /// Images that are all there cost one container; those of which one is missing are then started one by one.
  @Test func imagesArePulledTogetherAndApartAfterAFailure() {
    var model = ModelNode(images: Self.names, generator: SeededGenerator(seed: 1))
    model.mountsImages = true
    model.settle(pulls: 1)
    #expect(model.runs.count { $0.order.kind == .pull } == 1 && model.runs.contains { $0.order.mountsImages == true })
    #expect(model.images.values.allSatisfy { $0.state == .present && $0.origin == .pulled && $0.digest == nil })

    model = ModelNode(images: Self.names, generator: SeededGenerator(seed: 1))
    model.mountsImages = true
    model.broken = [Self.names[1], Self.names[4]]
    for _ in 0..<20 {
      model.plan()
      model.reconcile()
      for index in model.runs.indices { model.step(index) }
    }
    let pulls = model.runs.filter { $0.order.kind == .pull }
    #expect(pulls.map { $0.order.mountsImages == true } == [true, false])
    #expect(pulls.map(\.order.items.count) == [8, 8] && pulls[0].isDeleted)
    #expect(model.problems == [])
    for name in Self.names {
      let image = model.images[name]
      #expect(image?.state == (model.broken.contains(name) ? .failed : .present), "\(name)")
      #expect(image?.attempts == (model.broken.contains(name) ? 1 : nil), "\(name)")
      if model.broken.contains(name) { #expect(image?.message?.contains(name) == true) }
    }
  }

  /// Where there may be no more Jobs, the one that takes another's place still comes.
  @Test func aJobThatTakesAPlaceNeedsNoRoom() throws {
    var model = ModelNode(images: Self.names, generator: SeededGenerator(seed: 1))
    model.mountsImages = true
    model.broken = [Self.names[0]]
    while !model.runs.contains(where: {
      $0.order.mountsImages == true && $0.pod?.status?.containerStatuses?[0].state?.waiting?.reason == "ErrImagePull"
    }) {
      model.plan()
      model.reconcile()
      for index in model.runs.indices { model.step(index) }
    }
    var any = AnyGenerator(SeededGenerator(seed: 2))
    var node = ModelNode.node
    node.mountsImages = true
    let turn = NodeJobs.decide(
      inventory: model.inventory, node: node, jobs: model.pictures(), sources: [:], settings: model.settings,
      version: "1", limits: NodeJobs.Limits(newJobs: 0), now: model.now, using: &any)
    let draft = try #require(turn.drafts.first)
    #expect(turn.drafts.count == 1 && draft.order.mountsImages == nil && draft.order.replaces?.count == 1)
    #expect(turn.retirements.isEmpty, "without it, nobody would know that its images are to be pulled apart")
  }

  /// A kubelet that was told to stop may have an image already, or go on with it.
  @Test(arguments: [0, 15, nil])
  func whatIsStoppedIsLookedFor(arrivesAfter seconds: Int?) throws {
    var model = ModelNode(images: [Self.names[0]], generator: SeededGenerator(seed: 1))
    try model.startPull()
    model.changeSpec { $0.images = [:] }
    model.reconcile()
    #expect(model.active.isEmpty && model.images[Self.names[0]]?.reason == "PullStopped")
    for second in 0..<90 {
      if second == seconds { model.onNode.insert(Self.names[0]) }
      model.plan()
      model.reconcile()
      for index in model.runs.indices { model.step(index) }
      model.now = model.now + .seconds(1)
    }
    #expect(model.images.isEmpty && model.onNode.isEmpty && model.active.isEmpty)
    #expect((1...4).contains(model.runs.count { $0.order.kind == .remove }))
  }

  /// A look that is made for another image meanwhile finds it not there yet, and that is no news.
  @Test(arguments: [0, 15, nil])
  func whatIsStoppedIsLookedForAlsoWhereOthersAreWanted(arrivesAfter seconds: Int?) throws {
    var model = ModelNode(images: [Self.names[0]], generator: SeededGenerator(seed: 1))
    try model.startPull()
    model.changeSpec { $0.images = [Self.names[1]: PlannedImage()] }
    for second in 0..<90 {
      model.plan()
      model.reconcile()
      for index in model.runs.indices { model.step(index) }
      if second == seconds { model.onNode.insert(Self.names[0]) }
      model.now = model.now + .seconds(1)
    }
    #expect(model.runs.contains { $0.order.kind == .look && $0.order.items.contains { $0.image == Self.names[0] } })
    #expect(model.onNode == [Self.names[1]] && Set(model.images.keys) == [Self.names[1]] && model.active.isEmpty)
  }

  @Test func whatIsStoppedAndWantedAgainIsPulled() throws {
    var model = ModelNode(images: [Self.names[0]], generator: SeededGenerator(seed: 1))
    try model.startPull()
    model.changeSpec { $0.images = [:] }
    model.reconcile()
    model.changeSpec { $0.images = [Self.names[0]: PlannedImage()] }
    model.settle(pulls: 1)
    #expect(model.onNode == [Self.names[0]] && model.images[Self.names[0]]?.state == .present)
    #expect(model.images[Self.names[0]]?.reason == nil && model.images[Self.names[0]]?.origin == .pulled)
  }

  /// What the attempt before came to is said while the next one runs.
  @Test func theReasonStaysWhileItIsTriedAgain() {
    let name = Self.names[0]
    var model = ModelNode(images: [name], generator: SeededGenerator(seed: 1))
    model.broken = [name]
    var reasons: [Int: Set<String?>] = [:]
    for _ in 0..<100 where reasons[2] == nil {
      model.plan()
      model.reconcile()
      if let image = model.images[name], image.state == .pulling {
        reasons[image.attempts ?? 0, default: []].insert(image.reason)
      }
      for index in model.runs.indices { model.step(index) }
      model.now = model.now + .seconds(2)
    }
    #expect(reasons == [0: [nil], 1: ["NotFound"], 2: ["NotFound"]])
    model.broken = []
    model.settle(pulls: 1)
    let image = model.images[name]
    #expect(image?.state == .present && image?.reason == nil && image?.message == nil && image?.attempts == nil)
  }

  /// Nothing to do means no writes.
  @Test func atRestNothingIsWritten() {
    var model = ModelNode(images: Self.names, generator: SeededGenerator(seed: 1))
    model.settle(pulls: 1)
    let writes = model.writes
    for _ in 0..<10 {
      model.now = model.now + .seconds(600)
      model.plan()
      model.reconcile()
    }
    #expect(model.writes == writes && model.active.isEmpty)
  }
}

extension ModelNode {
  /// Goes on until a kubelet is about to pull.
  mutating func startPull() throws {
    for _ in 0..<20 where !runs.contains(where: { $0.order.kind == .pull && $0.pod != nil }) {
      plan()
      reconcile()
      for index in runs.indices { step(index) }
      now = now + .seconds(1)
    }
    try #require(active.count == 1 && active[0].pod != nil && onNode.isEmpty)
  }

  mutating func disturb(_ names: [String]) {
    if chance(6) {
      let name = names[Int(generator.next() % UInt64(names.count))]
      changeSpec { spec in
        if spec.images?.removeValue(forKey: name) == nil { spec.images?[name] = PlannedImage() }
      }
    }
    if chance(4), let index = runs.indices.randomElement(using: &self) { evict(index) }
    if chance(3), let index = runs.indices.randomElement(using: &self) {
      // Somebody deletes a Job.
      runs[index].isDeleted = true
    }
    if chance(3) { changeSpec { $0.paused = $0.paused == true ? nil : true } }
    if chance(3) { isUsable.toggle() }
    // Somebody deletes the inventory.
    if chance(2) { inventory.status = nil }
    if chance(5) { restart() }
    if chance(30) { unseen = [] }
  }

  /// Lets everything come to rest.
  mutating func settle(pulls: Int) {
    if inventory.spec.paused == true { changeSpec { $0.paused = nil } }
    isUsable = true
    isStuck = false
    restart()
    for _ in 0..<200 {
      plan(pulls: pulls)
      reconcile()
      for index in runs.indices { step(index) }
      reconcile()
      now = now + .seconds(5)
    }
    // Between two attempts.
    for _ in 0..<400 where active.contains(where: { $0.job.metadata.annotations?[JobOrder.settledAnnotation] == nil }) {
      for index in runs.indices { step(index) }
      reconcile()
    }
  }

  /// What was removed although it was wanted again: a permit that was still good.
  var vanished: Set<String> {
    Set(runs.filter { $0.order.kind == .remove && !$0.isDeleted }.flatMap { $0.order.items.map(\.image) })
  }
}

extension ModelNode: RandomNumberGenerator {
  mutating func next() -> UInt64 { generator.next() }
}
