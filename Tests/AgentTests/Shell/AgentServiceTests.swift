import Agent
import ContainerRuntime
import Foundation
import KubernetesClient
import OCI
import Simulation
import SwiftletAPI
import TestSupport
import Testing

private let name = "docker.io/library/a:1"
private let second = "docker.io/library/b:1"

/// The agent as it runs, over a simulated runtime and a server in memory.
@Suite("Agent service", .timeLimit(.minutes(3)))
struct AgentServiceTests {
  let runtime = SimulatedRuntime()

  func publish(_ name: String, _ behavior: PullBehavior = .atOnce) throws -> ImageReference {
    let reference = try ImageReference(parsing: name)
    try runtime.publish(SimulatedImage(seed: name, behavior: behavior), tagged: reference)
    return reference
  }

  /// Waits for a condition. (A closure whose last statement is an `eventually` would have a value.)
  func wait(_ what: String, within deadline: Duration = .seconds(30), _ condition: () -> Bool) async throws {
    try await eventually(what, within: deadline, every: .milliseconds(10)) { condition() ? true : nil }
  }

  func present(_ server: FakeServer, _ names: String...) async throws {
    try await wait("\(names) are there") {
      names.allSatisfy { server.image($0)?.state == .present }
    }
  }

  @Test("it pulls, pins, reports soon after, gives its turn back and keeps a ledger")
  func pulls() async throws {
    let folder = try TemporaryFolder()
    _ = try publish(name)
    _ = try publish(second)
    let server = FakeServer(images: [name, second])
    try await withAgent(runtime, server, ledger: folder.ledger) {
      try await wait("both are pulled") { runtime.counts.succeeded == 2 }
      let end = ContinuousClock.now
      try await wait("it is said") { server.status.progress == "2/2" }
      #expect(.now - end < .seconds(1))
      try await wait("pinned") { server.image(name)?.pinned == true }
      #expect(server.status.released?.isEmpty == false)
      #expect(server.image(name)?.origin == .pulled)
      #expect(runtime.counts.mostAtOnce == 1)
      #expect(server.status.runtime?.name == "simulated")
      #expect(server.status.filesystem?.capacityBytes != nil)
    }
    let loaded = LedgerStore(path: folder.ledger).load()
    #expect(loaded.problem == nil)
    #expect(loaded.ledger.images[name]?.isOurs == true)
    #expect(loaded.ledger.pins.count == 2)
  }

  @Test("an image that vanishes is back within seconds, with and without events", arguments: [true, false])
  func drift(hasEvents: Bool) async throws {
    let runtime = SimulatedRuntime(features: hasEvents ? [.events, .pins] : [.pins])
    let reference = try ImageReference(parsing: name)
    runtime.publish(SimulatedImage(seed: name), as: reference)
    let folder = try TemporaryFolder()
    let server = FakeServer(images: [name])
    try await withAgent(runtime, server, ledger: folder.ledger) {
      try await present(server, name)
      let id = try #require(server.image(name)?.id)
      runtime.removeExternally(id: id)
      let start = ContinuousClock.now
      try await wait("it is back", within: .seconds(60)) { runtime.counts.succeeded == 2 }
      #expect(.now - start < (hasEvents ? .seconds(5) : .seconds(45)))
      try await present(server, name)
    }
  }

  @Test("a runtime that goes down in the middle of a pull and comes back: the image comes")
  func runtimeRestart() async throws {
    let reference = try publish(name, .untilReleased)
    let folder = try TemporaryFolder()
    let server = FakeServer(images: [name])
    let health = AgentHealth()
    try await withAgent(runtime, server, ledger: folder.ledger, health: health) {
      try await wait("it pulls") { runtime.counts.running == 1 }
      #expect(health.readinessProblem == nil)
      runtime.setAvailable(false)
      try await wait("the pull broke") { runtime.counts.running == 0 }
      runtime.setBehavior(.atOnce, of: reference)
      runtime.setAvailable(true)
      try await present(server, name)
      #expect(server.image(name)?.attempts == nil)
      #expect(server.image(name)?.origin == .pulled)
    }
  }

  @Test("a pull is stopped when its turn ends")
  func expiry() async throws {
    _ = try publish(name, .untilReleased)
    let folder = try TemporaryFolder()
    let server = FakeServer(images: [name], turn: .milliseconds(600))
    try await withAgent(runtime, server, ledger: folder.ledger) {
      try await wait("it was stopped") { runtime.counts.cancelled > 0 }
      #expect(runtime.counts.mostAtOnce == 1)
    }
  }

  @Test("progress is told while a pull runs")
  func progress() async throws {
    let reference = try publish(name, .untilReleased)
    let folder = try TemporaryFolder()
    let server = FakeServer(images: [name])
    try await withAgent(runtime, server, ledger: folder.ledger) {
      try await wait("half is there") { server.image(name)?.transferredBytes == 500_000 }
      #expect(server.image(name)?.state == .pulling)
      runtime.release(reference)
      try await present(server, name)
      #expect(server.image(name)?.transferredBytes == nil)
    }
  }

  @Test("failures are said in words and tried again")
  func failure() async throws {
    let reference = try publish(name, .failing(.unauthorized, message: "no"))
    let folder = try TemporaryFolder()
    let server = FakeServer(images: [name])
    try await withAgent(runtime, server, ledger: folder.ledger) {
      try await wait("it is said") { server.image(name)?.reason == "Unauthorized" }
      runtime.setBehavior(.atOnce, of: reference)
      try await wait("the wait is over") { Timestamp.now >= server.image(name)?.retryAt ?? .now }
      server.change { spec in
        spec.grants = [Grant(id: "again", budget: "default", until: .now + .seconds(60), pulls: 1)]
      }
      try await present(server, name)
    }
  }

  @Test("a second run knows what the first pulled, writes nothing, and removes it when permitted")
  func restart() async throws {
    _ = try publish(name)
    let folder = try TemporaryFolder()
    let server = FakeServer(images: [name])
    try await withAgent(runtime, server, ledger: folder.ledger) {
      try await wait("pinned") { server.image(name)?.pinned == true }
    }
    let writes = server.writes
    let health = AgentHealth()
    try await withAgent(runtime, server, ledger: folder.ledger, health: health) {
      try await wait("it is ready") { health.readinessProblem == nil }
      #expect(server.writes == writes)
      server.change { spec in
        spec.images = nil
        spec.removals = [name: RemovalPermit(until: .now + .seconds(60))]
      }
      try await wait("it is gone") { runtime.present.isEmpty && server.image(name) == nil }
    }
    #expect(LedgerStore(path: folder.ledger).load().ledger == Ledger())
  }

  @Test("in use: it stays")
  func inUse() async throws {
    _ = try publish(name)
    let folder = try TemporaryFolder()
    let server = FakeServer(images: [name])
    try await withAgent(runtime, server, ledger: folder.ledger) {
      try await present(server, name)
      let id = try #require(server.image(name)?.id)
      runtime.setContainers([RuntimeContainer(id: "c", imageReference: id, imageID: id)])
      server.change { spec in
        spec.images = nil
        spec.removals = [name: RemovalPermit(until: .now + .seconds(60))]
      }
      try await wait("it says so") { server.image(name)?.reason == "InUse" }
      #expect(runtime.present.count == 1)
    }
  }

  @Test("a graceful shutdown stops pulls and gives the turn back, soon")
  func shutdown() async throws {
    _ = try publish(name, .untilReleased)
    let folder = try TemporaryFolder()
    let server = FakeServer(images: [name])
    let duration = try await withAgent(runtime, server, ledger: folder.ledger) {
      try await wait("it pulls") { server.image(name)?.state == .pulling }
    }
    #expect(duration < .seconds(4))
    #expect(runtime.counts.cancelled == 1)
    #expect(server.status.released?.isEmpty == false)
    #expect(server.image(name)?.state == .waiting)
  }

  @Test("a shutdown while nothing can be written ends all the same")
  func shutdownWithoutServer() async throws {
    _ = try publish(name, .untilReleased)
    let folder = try TemporaryFolder()
    let server = FakeServer(images: [name])
    let duration = try await withAgent(runtime, server, ledger: folder.ledger) {
      try await wait("it pulls") { server.image(name)?.state == .pulling }
      for _ in 0..<20 { server.failNext(.failed(message: "no connection", retryAfter: nil)) }
    }
    #expect(duration < .seconds(8))
  }

  @Test("two agents on one node: the second works when the first has ended")
  func lock() async throws {
    _ = try publish(name)
    let folder = try TemporaryFolder()
    let ledger = folder.ledger
    let server = FakeServer(images: [name])
    let other = FakeServer(images: [name])
    let health = AgentHealth()
    try await withThrowingTaskGroup(of: Void.self) { group in
      try await withAgent(runtime, server, ledger: ledger) {
        try await present(server, name)
        group.addTask {
          try await withAgent(runtime, other, ledger: ledger, health: health) {
            try await wait("it works") { other.image(name)?.origin == .pulled }
          }
        }
        // The first still answers while the second waits.
        server.change { $0.images?[second] = PlannedImage() }
        try await wait("the first works") { server.image(second) != nil }
        #expect(health.readinessProblem != nil)
        #expect(other.writes == 0)
      }
      try await group.waitForAll()
    }
  }

  @Test("a damaged ledger is moved aside and said, and nothing is removed by it")
  func damaged() async throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.path + "/state", withIntermediateDirectories: true)
    try Data("{\"version\":1,\"images\":{".utf8).write(to: URL(filePath: folder.ledger))
    let reference = try publish(name)
    runtime.addExternally(SimulatedImage(seed: name), as: reference)
    let server = FakeServer(images: [])
    server.change { $0.removals = [name: RemovalPermit(until: .now + .seconds(60))] }
    try await withAgent(runtime, server, ledger: folder.ledger) {
      try await wait("it is said") {
        server.status.conditions?.first { $0.type == "LedgerIntact" }?.status == .no
      }
    }
    #expect(runtime.present.count == 1)
    #expect(FileManager.default.fileExists(atPath: folder.ledger + ".damaged"))
  }
}
