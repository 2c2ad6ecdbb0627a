import Agent
import ContainerRuntime
import Foundation
import KubernetesClient
import Logging
import OCI
import SwiftletAPI
import TestSupport
import Testing

/// The real agent on a real containerd with a small disk.
@Suite(
  "Disk and pins", .serialized, .enabled(if: Containerd.isThere, Comment(rawValue: Containerd.skipped)),
  .timeLimit(.minutes(2)))
struct DiskAndPinTests {
  private static func pinned(_ runtime: CRIRuntime) async throws -> Set<String> {
    Set(try await runtime.images().filter(\.pinned).flatMap(\.tags))
  }

  private static func waitForPins(_ runtime: CRIRuntime, _ names: [String]) async throws {
    try await eventually("pinned are exactly \(names)", within: .seconds(40), every: .milliseconds(100)) {
      try await pinned(runtime) == Set(names) ? true : nil
    }
  }

  /// Makes the disk full but for so many megabytes.
  private static func fill(_ containerd: Containerd, free megabytes: UInt64) async throws {
    let filesystem = try await containerd.runtime().filesystem()
    let available = try #require(filesystem.availableBytes)
    let path = containerd.disk + "/filler"
    try Data().write(to: URL(filePath: path))
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    var left = available - min(available, megabytes << 20)
    let block = Data(repeating: 1, count: 1 << 20)
    while left > 0 {
      try file.write(contentsOf: block.prefix(Int(min(left, 1 << 20))))
      left -= min(left, 1 << 20)
    }
    try file.close()
  }

  @Test(
    "pins hold where the kubelet looks, go under pressure, and go for good with Swiftlet", arguments: Containerd.pinning
  )
  func pins(program: String) async throws {
    try await Registry.with { registry in
      let images = try registry.push("pinned", count: 3, megabytes: 20)
      let other = try registry.push("other", count: 1, megabytes: 0.1)[0]
      try await Containerd.with(program, megabytes: 600) { containerd in
        try containerd.trust(registry.host, by: "http")
        let runtime = try containerd.runtime()
        let ledger = containerd.folder + "/ledger/ledger.json"
        let node = OneNode(images: images)
        try await node.withAgent(containerd, ledger: ledger) {
          try await Self.waitForPins(runtime, images)
          try expectLabels(containerd, program, try await runtime.images())
          try await eventually("the status says so") {
            images.allSatisfy { node.image($0)?.pinned == true } ? true : nil
          }
        }

        var logger = Logger(label: "release")
        logger.logLevel = .critical
        let summary = try await NodeRelease(ledgerPath: ledger, logger: logger) { runtime }.run()
        #expect(summary.unpinned.count == 3 && summary.isComplete)
        #expect(try await Self.pinned(runtime).isEmpty)
        #expect(try await runtime.images().count == 3)

        // As after another installation.
        try await node.withAgent(containerd, ledger: ledger) {
          try await Self.waitForPins(runtime, images)

          // A really full disk: 20 % of 600 MiB have to go, and an image counts 70 MB.
          try await Self.fill(containerd, free: 0)
          let reference = try ImageReference(parsing: other)
          await #expect(throws: RuntimeError.self) {
            _ = try await runtime.pull(PullRequest(reference: reference)) { _ in }
          }
          // Things happen to an image, so that the agent looks.
          var number = 0
          try await eventually("only the most important one is pinned", every: .milliseconds(500)) {
            number += 1
            try ctr(containerd, program, "label", images[0], "look=\(number)")
            return try await Self.pinned(runtime) == [images[0]] ? true : nil
          }
          try await eventually("the status says why") {
            node.status.conditions?.first { $0.type == "PinsLimited" }?.reason == "DiskPressure" ? true : nil
          }

          // What the kubelet does then; nothing is brought back.
          for image in try await runtime.images() where !image.pinned { try await runtime.remove(id: image.id) }
          try await eventually("the agent doesn't fight it") {
            images[1...].allSatisfy { node.image($0)?.reason == "DiskPressure" } ? true : nil
          }
          #expect(try await runtime.images().count == 1)
        }
      }
    }
  }

  /// What containerd's own tool says of images.
  @discardableResult
  private func ctr(_ containerd: Containerd, _ program: String, _ arguments: String...) throws -> String {
    let tool = URL(filePath: program).deletingLastPathComponent().path + "/ctr"
    return try Program.run(tool, ["--address", containerd.endpoint, "-n", "k8s.io", "images"] + arguments)
  }

  /// The label is on the record by ID and not on the one by tag, which a pull overwrites.
  private func expectLabels(_ containerd: Containerd, _ program: String, _ images: [RuntimeImage]) throws {
    let list = try ctr(containerd, program, "ls")
    let labelled = list.split(separator: "\n").filter { $0.contains("io.cri-containerd.pinned=pinned") }
      .compactMap { $0.split(separator: " ").first.map(String.init) }
    #expect(Set(labelled) == Set(images.map(\.id)), "\(list)")
  }

  @Test("an image that can't fit is given up by its manifest, before the disk is full", arguments: Containerd.programs)
  func admission(program: String) async throws {
    try await Registry.with { registry in
      let large = try registry.push("large", count: 1, megabytes: 150)[0]
      let small = try registry.push("small", count: 1, megabytes: 1)[0]
      try await Containerd.with(program, megabytes: 200) { containerd in
        try containerd.trust(registry.host, by: "http")
        let node = OneNode(images: [large, small])
        try await node.withAgent(containerd, ledger: containerd.folder + "/ledger/ledger.json") {
          let image = try await eventually("it fails") { node.image(large).flatMap { $0.reason == nil ? nil : $0 } }
          #expect(image.reason == "DiskFull")
          #expect(image.message?.hasPrefix("needs about 503 MiB, and ") == true, "\(image.message ?? "")")
          #expect(image.retryAt != nil)
          try await eventually("the other one comes") { node.image(small)?.state == .present ? true : nil }
        }
      }
    }
  }
}
