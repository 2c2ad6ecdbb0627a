import Agent
import Commands
import ContainerRuntime
import Foundation
import KubernetesClient
import Logging
import OCI
import Simulation
import SwiftletAPI
import Synchronization
import TestSupport
import Testing

/// `swiftlet node apply` over a runtime in memory.
struct ApplyRunTests {
  private struct Machine {
    let runtime = SimulatedRuntime()
    let folder = FileManager.default.temporaryDirectory.appending(path: "apply-\(UUID().uuidString)").path

    func run(
      _ yaml: String, attempts: Int = 2, change: (inout ApplyRun) -> Void = { _ in },
      progress: @escaping @Sendable (ApplyPicture) -> Void = { _ in }
    ) async throws -> ApplyReport {
      let documents = try ManifestDocument.read(Array(yaml.utf8), file: "test.yaml")
      let manifests = try LocalManifests(documents)
      var logger = Logger(label: "apply")
      logger.logLevel = .critical
      let configuration = AgentConfiguration(
        nodeName: "this-machine", ledgerPath: folder + "/ledger.json", version: "1")
      var run = ApplyRun(
        manifests, configuration: configuration, runtime: runtime, attempts: attempts, logger: logger)
      run.obeysSignals = false
      run.timeout = .seconds(60)
      run.lockPatience = .seconds(30)
      change(&run)
      return try await run.run(progress)
    }

    func publish(_ names: String...) throws {
      for name in names { runtime.publish(SimulatedImage(seed: name), as: try ImageReference(parsing: name)) }
    }

    func pullCount(_ name: String) -> Int { runtime.counts.references.count { $0 == name } }

    func image(_ name: String) -> RuntimeImage? { runtime.present.first { $0.tags.contains(name) } }

    func stall(_ name: String) throws {
      runtime.setBehavior(.untilReleased, of: try ImageReference(parsing: name))
    }

    func results(_ report: ApplyReport) -> [String: String] {
      Dictionary(
        (report.images + report.removals).map { ($0.image, $0.result) }, uniquingKeysWith: { first, _ in first })
    }
  }

  private func set(_ images: [String], _ extra: String = "") -> String {
    """
    apiVersion: swiftlet.dev/v1
    kind: ImageSet
    metadata: {name: edge}
    spec:
      images: [\(images.map { "{image: '\($0)'}" }.joined(separator: ", "))]
    \(extra)
    ---
    apiVersion: swiftlet.dev/v1
    kind: PullBudget
    metadata: {name: default}
    spec: {maxPullsPerNode: 2, backoff: {initial: 100ms, max: 100ms}}

    """
  }

  @Test func pullsKeepsAndRemoves() async throws {
    let machine = Machine()
    try machine.publish("a/one:1", "a/two:1", "a/three:1", "a/foreign:1")
    machine.runtime.addExternally(SimulatedImage(seed: "a/foreign:1"), as: try ImageReference(parsing: "a/foreign:1"))
    let first = try await machine.run(set(["a/one:1", "a/two:1"]))
    #expect(first.result == .done)
    #expect(first.exitCode == 0)
    #expect(
      machine.results(first) == ["docker.io/a/one:1": "Pulled", "docker.io/a/two:1": "Pulled"])

    let again = try await machine.run(set(["a/one:1", "a/two:1"]))
    #expect(machine.results(again).values.sorted() == ["Present", "Present"])
    #expect(machine.pullCount("docker.io/a/one:1") == 1)

    let other = try await machine.run(set(["a/two:1", "a/three:1"]))
    #expect(
      machine.results(other) == [
        "docker.io/a/one:1": "Removed", "docker.io/a/two:1": "Present", "docker.io/a/three:1": "Pulled",
      ])
    #expect(nil == machine.image("docker.io/a/one:1"))
    #expect(machine.image("docker.io/a/foreign:1") != nil)
  }

  @Test func whatFailsIsNamedAndTheRestIsThere() async throws {
    let machine = Machine()
    try machine.publish("a/one:1", "a/two:1")
    let report = try await machine.run(set(["a/one:1", "a/nope:1", "a/two:1"]), attempts: 3)
    #expect(report.result == .failed)
    #expect(report.exitCode == 1)
    #expect(
      machine.results(report) == [
        "docker.io/a/one:1": "Pulled", "docker.io/a/nope:1": "Failed", "docker.io/a/two:1": "Pulled",
      ])
    let failed = try #require(report.images.first { $0.result == "Failed" })
    #expect(failed.reason == "NotFound")
    #expect(failed.attempts == 3)
    #expect(report.lines.first == "3 images: 2 pulled, 1 failed")
  }

  /// The last attempt isn't said to be followed by another.
  @Test(arguments: [1, 3])
  func eachAttemptButTheLastIsRetried(attempts: Int) async throws {
    let retried = Mutex<Set<Int>>([])
    let report = try await Machine().run(
      set(["a/nope:1"]), attempts: attempts,
      progress: { picture in
        for outcome in picture.outcomes.values where outcome.result == .retrying {
          retried.withLock { _ = $0.insert(outcome.image?.attempts ?? 0) }
        }
      })
    #expect(report.images.first?.attempts == attempts)
    #expect(retried.withLock { $0 }.isSubset(of: Set(1..<attempts)))
  }

  @Test func whatAContainerUsesStaysAndIsNoFailure() async throws {
    let machine = Machine()
    try machine.publish("a/one:1", "a/two:1")
    _ = try await machine.run(set(["a/one:1", "a/two:1"]))
    let id = try #require(machine.image("docker.io/a/one:1")?.id)
    machine.runtime.setContainers([RuntimeContainer(id: "c", imageReference: "docker.io/a/one:1", imageID: id)])
    let report = try await machine.run(set(["a/two:1"]))
    #expect(report.result == .done)
    #expect(machine.results(report)["docker.io/a/one:1"] == "Kept")
    #expect(report.removals.first?.reason == "InUse")
    #expect(machine.image("docker.io/a/one:1") != nil)
  }

  @Test func retainedImagesStay() async throws {
    let machine = Machine()
    try machine.publish("a/one:1", "a/two:1")
    _ = try await machine.run(set(["a/one:1", "a/two:1"], "  retention: Retain"))
    let report = try await machine.run(set(["a/two:1"]))
    #expect(report.removals.isEmpty)
    #expect(machine.image("docker.io/a/one:1") != nil)
  }

  @Test func alwaysPullsAnewAndARefreshThatFailsKeepsTheCopy() async throws {
    let machine = Machine()
    try machine.publish("a/one:1")
    _ = try await machine.run(set(["a/one:1"]))
    let report = try await machine.run(set(["a/one:1"], "  pullPolicy: Always"))
    #expect(machine.results(report) == ["docker.io/a/one:1": "Refreshed"])
    #expect(machine.pullCount("docker.io/a/one:1") == 2)
    machine.runtime.unpublish(try ImageReference(parsing: "a/one:1"))
    let failed = try await machine.run(set(["a/one:1"], "  pullPolicy: Always"))
    #expect(failed.result == .failed)
    #expect(machine.image("docker.io/a/one:1") != nil)
    #expect(failed.removals.isEmpty)
  }

  @Test func aPausedSetPullsNothing() async throws {
    let machine = Machine()
    try machine.publish("a/one:1")
    let report = try await machine.run(set(["a/one:1"], "  paused: true"))
    #expect(report.result == .done)
    #expect(machine.results(report) == ["docker.io/a/one:1": "Paused"])
    #expect(machine.pullCount("docker.io/a/one:1") == 0)
  }

  @Test func selectorsSeeTheLabelsThatAreGiven() async throws {
    let machine = Machine()
    try machine.publish("a/one:1")
    let yaml = set(["a/one:1"], "  nodes: {selector: {matchLabels: {pool: edge}}}")
    let other = try await machine.run(yaml) { $0.labels = ["pool": "core"] }
    #expect(other.images.isEmpty)
    let mine = try await machine.run(yaml) { $0.labels = ["pool": "edge"] }
    #expect(machine.results(mine) == ["docker.io/a/one:1": "Pulled"])
    // No longer selected: what was pulled goes.
    let moved = try await machine.run(yaml) { $0.labels = ["pool": "core"] }
    #expect(machine.results(moved) == ["docker.io/a/one:1": "Removed"])
  }

  @Test func timeRunsOutAndThePullIsStopped() async throws {
    let machine = Machine()
    try machine.publish("a/one:1")
    try machine.stall("a/one:1")
    let report = try await machine.run(set(["a/one:1"])) { $0.timeout = .seconds(1) }
    #expect(report.result == .timedOut)
    #expect(report.exitCode == 4)
  }

  @Test func aRuntimeThatStaysAwayEndsTheRun() async throws {
    let machine = Machine()
    try machine.publish("a/one:1")
    machine.runtime.setAvailable(false)
    let report = try await machine.run(set(["a/one:1"])) { $0.runtimePatience = .milliseconds(100) }
    #expect(report.result == .runtimeUnavailable)
    #expect(report.exitCode == 3)
  }

  @Test func onlyOneWorksOnAMachine() async throws {
    let machine = Machine()
    try machine.publish("a/one:1")
    try machine.stall("a/one:1")
    try await withThrowingTaskGroup(of: Void.self) { group in
      // It ends when the group does, not before the second one has tried.
      group.addTask { _ = try? await machine.run(self.set(["a/one:1"])) { $0.timeout = .seconds(600) } }
      try await eventually("the first one pulls") { machine.pullCount("docker.io/a/one:1") > 0 ? true : nil }
      await #expect(throws: ApplyRun.Busy.self) {
        _ = try await machine.run(self.set(["a/one:1"])) { $0.lockPatience = .milliseconds(300) }
      }
      group.cancelAll()
    }
  }
}
