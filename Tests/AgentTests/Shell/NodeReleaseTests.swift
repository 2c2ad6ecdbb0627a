import Agent
import ContainerRuntime
import Foundation
import Logging
import OCI
import Simulation
import TestSupport
import Testing

@Suite("Leaving a node", .timeLimit(.minutes(1)))
struct NodeReleaseTests {
  private let logger: Logger = {
    var logger = Logger(label: "release")
    logger.logLevel = .critical
    return logger
  }()

  private func release(_ folder: borrowing TemporaryFolder, _ runtime: SimulatedRuntime) async throws
    -> NodeRelease.Summary
  {
    try await NodeRelease(ledgerPath: folder.ledger, logger: logger) { runtime }.run(patience: .milliseconds(300))
  }

  /// A runtime with an agent's two images, both pinned, and one that somebody else pinned.
  private func prepare(_ folder: borrowing TemporaryFolder) async throws -> (SimulatedRuntime, ours: [RuntimeImage]) {
    let runtime = SimulatedRuntime()
    let references = try ["a", "b", "other"].map { try ImageReference(parsing: "r.test/\($0):1") }
    for reference in references {
      try runtime.publish(SimulatedImage(seed: "\(reference)"), tagged: reference)
    }
    _ = try await runtime.pull(PullRequest(reference: references[2])) { _ in }
    let other = try #require(try await runtime.image(references[2]))
    try await runtime.setPinned(true, id: other.id)
    let server = FakeServer(images: references[0...1].map(\.normalized))
    try await withAgent(runtime, server, ledger: folder.ledger) {
      _ = try await eventually("both are pinned") {
        try await runtime.images().count(where: \.pinned) == 3 ? true : nil
      }
    }
    return (runtime, try await runtime.images().filter { $0.id != other.id })
  }

  @Test("pins of ours go, others and the images stay, and the ledger is forgotten")
  func release() async throws {
    let folder = try TemporaryFolder()
    let (runtime, ours) = try await prepare(folder)
    let summary = try await release(folder, runtime)
    #expect(Set(summary.unpinned) == Set(ours.map(\.id)))
    #expect(summary.isComplete)
    let images = try await runtime.images()
    #expect(images.count == 3)
    #expect(images.count(where: \.pinned) == 1)
    #expect(!FileManager.default.fileExists(atPath: folder.ledger))
    #expect(try await release(folder, runtime) == NodeRelease.Summary(), "twice is as good as once")
  }

  @Test("a pin that can't be taken back stays in the ledger")
  func failure() async throws {
    let folder = try TemporaryFolder()
    let (runtime, ours) = try await prepare(folder)
    runtime.setFeatures([])
    let summary = try await release(folder, runtime)
    #expect(Set(summary.failures.keys) == Set(ours.map(\.id)))
    runtime.setFeatures(Set(RuntimeFeature.allCases))
    #expect(try await release(folder, runtime).unpinned.count == 2)
  }

  @Test("an agent that is still at work is waited for, then nothing is done")
  func locked() async throws {
    let folder = try TemporaryFolder()
    let (runtime, _) = try await prepare(folder)
    let server = FakeServer(images: ["r.test/a:1"])
    try await withAgent(runtime, server, ledger: folder.ledger) {
      try await eventually("the agent works") { server.writes > 0 ? true : nil }
      await #expect(throws: NodeRelease.Problem.locked(.milliseconds(300))) { try await release(folder, runtime) }
    }
    #expect(FileManager.default.fileExists(atPath: folder.ledger))
  }

  @Test("where Swiftlet never was, nothing is asked")
  func nothing() async throws {
    let folder = try TemporaryFolder()
    struct Unasked: Error {}
    let release = NodeRelease(ledgerPath: folder.ledger, logger: logger) { throw Unasked() }
    #expect(try await release.run() == NodeRelease.Summary())
  }
}
