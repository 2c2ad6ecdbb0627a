import Agent
import Execution
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

private let a = "docker.io/library/a:1"
private let b = "docker.io/library/b:1"

/// An agent and Jobs that work on the same node.
@Suite("Jobs beside an agent") struct BesideTests {
  @Test("the agent leaves the image to Jobs, and it is Swiftlet's when it comes")
  func pulled() throws {
    var model = BesideModel([a, b])
    model.broken = [b]
    model.plan()
    model.pass(.seconds(2))
    #expect(model.bench.image(a)?.reason == NodeImage.awaitsJobReason && model.bench.image(a)?.state == .waiting)
    #expect(model.bench.ledger.images[a]?.isIntended == true, "whose it is going to be is stored beforehand")
    try model.settle()
    #expect(model.problems == [] && model.bench.pulls.isEmpty)
    #expect(model.bench.image(a)?.state == .present && model.bench.image(a)?.origin == .pulled)
    #expect(model.bench.ledger.images[a]?.isOurs == true && model.bench.ledger.images[a]?.checkedAt != nil)
    let failing = model.inventory.images[b]
    #expect(failing?.state == .failed && failing?.reason == "NotFound" && (failing?.attempts ?? 0) > 0)
    #expect(model.bench.image(b)?.state == .waiting, "the agent doesn't repeat it")
    #expect(model.active.isEmpty)
  }

  @Test("what the attempt before came to is said while the next Job runs")
  func triedAgain() throws {
    var model = BesideModel([a])
    model.broken = [a]
    var reasons: [Int: Set<String?>] = [:]
    for _ in 0..<200 where reasons[2] == nil {
      model.plan()
      model.reconcile()
      if let image = model.inventory.images[a], image.state == .pulling {
        reasons[image.attempts ?? 0, default: []].insert(image.reason)
      }
      for index in model.runs.indices { try model.step(index) }
      model.pass(.seconds(2))
    }
    #expect(reasons == [0: [nil], 1: ["NotFound"], 2: ["NotFound"]])
    model.broken = []
    try model.settle()
    let image = model.inventory.images[a]
    #expect(model.problems == [] && image?.state == .present && image?.reason == nil && image?.message == nil)
  }

  @Test("what was there before stays nobody's")
  func found() throws {
    var model = BesideModel()
    try model.bench.runtime.add(a, id: fakeID(900))
    model.bench.tell(.runtimeChanged)
    model.pass(.seconds(2))
    model.change { $0.images = [a: PlannedImage()] }
    model.change { $0.images?[a]?.executor = .jobs }
    try model.settle()
    #expect(model.bench.image(a)?.origin == .found && model.runs.isEmpty)
  }

  @Test("what somebody else pulls while no Job may isn't Swiftlet's")
  func elsewhere() throws {
    var model = BesideModel([a])
    model.pass(.seconds(2))
    #expect(model.bench.ledger.images[a] == nil && model.bench.image(a)?.reason == nil)
    try model.pull(a)
    model.pass(.seconds(5))
    #expect(model.bench.image(a)?.state == .present && model.bench.image(a)?.origin == .found)
  }

  @Test("no Job before the agent has answered, nor for one that doesn't know of Jobs")
  func unanswered() {
    var model = BesideModel([a])
    model.agentIsUp = false
    model.plan()
    #expect(model.decide().drafts.isEmpty)
    model.restartAgent()
    model.pass(.seconds(2))
    #expect(model.decide().drafts.count == 1)
    model.bench.inventory.status?.images?[a]?.reason = nil
    #expect(model.decide().drafts.isEmpty)
    #expect(model.decide().note?.released?.count == 1, "the turn goes to somebody else")
  }

  @Test("a grant for Jobs is none for the agent, and the other way round")
  func lanes() {
    var model = BesideModel([a])
    model.bench.plan(b)
    model.plan()
    model.pass(.seconds(2))
    #expect(model.bench.pulls.isEmpty)
    #expect(model.bench.status.released == nil)
    model.change {
      $0.grants?[0].executor = nil
    }
    model.pass(.seconds(2))
    #expect(model.bench.pullNames == [b])
    #expect(model.decide().drafts.isEmpty)
  }

  @Test("images that are pulled together come, and one that fails is told from the others")
  func mounted() throws {
    var model = BesideModel([a, b])
    model.mountsImages = true
    try model.settle(rounds: 20)
    #expect(model.runs.count == 1 && model.runs[0].order.mountsImages == true && model.active.isEmpty)
    #expect(model.bench.image(a)?.origin == .pulled && model.bench.image(b)?.origin == .pulled)

    model = BesideModel([a, b])
    model.mountsImages = true
    model.broken = [b]
    try model.settle()
    #expect(model.problems == [] && model.runs.count { $0.order.mountsImages == true } == 1)
    #expect(model.bench.image(a)?.state == .present && model.inventory.images[b]?.reason == "NotFound")
  }

  @Test("a refresh is made by a Job, and the agent says what it brought")
  func refreshed() throws {
    var model = BesideModel([a])
    try model.settle()
    model.pass(.seconds(60))
    let due = model.bench.now.wholeSeconds
    model.change { $0.images?[a]?.freshAfter = due }
    try model.settle()
    #expect(model.runs.last?.order.isRefresh == true && model.runs.count == 2)
    #expect(model.bench.image(a)?.checkedAt.map { $0 >= due } == true)
    #expect(model.bench.image(a)?.origin == .pulled && model.bench.image(a)?.reason == nil)
    #expect(model.problems == [] && model.active.isEmpty)
  }

  @Test("a Job that somebody deletes is a failure, once")
  func vanished() throws {
    var model = BesideModel([a])
    model.plan()
    model.pass(.seconds(2))
    model.reconcile()
    model.pass(.seconds(2))
    #expect(model.inventory.images[a]?.state == .pulling)
    model.runs[0].isDeleted = true
    model.reconcile()
    model.reconcile()
    #expect(model.inventory.images[a]?.reason == "JobVanished" && model.inventory.images[a]?.attempts == 1)
  }

  @Test("an image that the kubelet has and the agent doesn't see is a failure, after a while")
  func unseen() throws {
    var model = BesideModel([a])
    model.plan()
    model.pass(.seconds(2))
    model.reconcile()
    for _ in 0..<2 { try model.step(0) }
    model.bench.runtime.drop(a)
    model.pass(.seconds(2))
    model.reconcile()
    #expect(model.inventory.images[a]?.state == .pulling && !model.active.isEmpty)
    model.pass(.seconds(60))
    model.reconcile()
    #expect(model.inventory.images[a]?.reason == "Vanished" && model.active.isEmpty)
  }

  @Test("a removal is the agent's, as ever")
  func removed() throws {
    var model = BesideModel([a])
    try model.settle()
    model.change { $0.images = nil }
    model.bench.permit(a)
    model.bench.deliver()
    model.pass(.seconds(2))
    let isRemoved = model.bench.actions.contains { action in
      if case .remove(let name, _) = action { return name == a }
      return false
    }
    #expect(isRemoved)
  }

  @Test("at rest nothing is written")
  func atRest() throws {
    var model = BesideModel([a, b])
    try model.settle()
    let generation = model.inventory.metadata.generation
    let writes = model.bench.writes.count
    for _ in 0..<10 {
      model.pass(.seconds(600))
      model.plan()
      model.reconcile()
    }
    #expect(model.inventory.metadata.generation == generation && model.bench.writes.count == writes)
  }

  /// Whatever crashes, is deleted, wanted or not wanted, in the end the images are there and the agent knows whose.
  @Test(arguments: seeds("jobs-beside", count: 40))
  func history(seed: UInt64) throws {
    let names = (0..<6).map { "reg.example.com/t/i\($0):1" }
    var model = BesideModel(Array(names.prefix(4)), seed: seed)
    model.broken = Set(names.filter { _ in model.chance(20) })
    model.pulls = model.chance(50) ? 1 : 2
    model.mountsImages = model.chance(50)
    for _ in 0..<100 {
      try disturb(&model, names)
      model.plan()
      model.reconcile(crashAfter: model.chance(25) ? (model.chance(50) ? 0 : 1) : nil)
      for index in model.runs.indices where model.chance(70) { try model.step(index) }
      model.pass(.seconds(model.chance(10) ? 40 : 2))
      for (name, image) in model.inventory.images {
        let tries = model.runs.count { $0.order.items.contains { $0.image == name } }
        #expect((image.attempts ?? 0) <= tries, "\(name)")
      }
      guard model.problems == [] else { break }
    }
    if model.inventory.spec.paused == true { model.change { $0.paused = nil } }
    model.isUsable = true
    model.restartAgent()
    try model.settle(rounds: 600)
    #expect(model.problems == [] && model.bench.pulls.isEmpty)
    for name in (model.inventory.spec.images ?? [:]).keys {
      let image = model.inventory.images[name]
      let isThere = model.bench.runtime.id(of: name) != nil
      #expect(image?.state == (isThere ? .present : .failed), "\(name)")
      if !model.broken.contains(name) { #expect(isThere, "\(name)") }
    }
    let noted = model.inventory.spec.jobs?.images ?? [:]
    #expect(noted.values.allSatisfy { $0.state != .pulling } || !model.active.isEmpty)
  }

  private func disturb(_ model: inout BesideModel, _ names: [String]) throws {
    let name = names[model.chance(50) ? 0 : 5]
    if model.chance(6) {
      model.change { spec in
        if spec.images?.removeValue(forKey: name) == nil {
          var plan = PlannedImage()
          plan.executor = .jobs
          spec.images = (spec.images ?? [:]).merging([name: plan]) { $1 }
        }
      }
    }
    if model.chance(4) {
      let now = model.bench.now.wholeSeconds
      model.change { if $0.images?[names[1]] != nil { $0.images?[names[1]]?.freshAfter = now } }
    }
    if model.chance(4), let index = model.runs.indices.last { model.runs[index].isDeleted = true }
    if model.chance(3) { model.change { $0.paused = $0.paused == true ? nil : true } }
    if model.chance(3) { model.isUsable.toggle() }
    if model.chance(4) { model.restartAgent() }
    if model.chance(3) { model.agentIsUp = false } else if !model.agentIsUp, model.chance(30) { model.restartAgent() }
    if model.chance(4) {
      model.bench.runtime.drop(names[2])
      if model.agentIsUp { model.bench.tell(.runtimeChanged) }
    }
  }
}
