import ContainerRuntime
import OCI
import TestSupport
import Testing

@Suite struct PullMeterTests {
  let start = ContinuousClock.now

  private func layer(_ number: Int) throws -> Digest {
    let digits = String(number, radix: 16)
    return try Digest(parsing: "sha256:" + String(repeating: "0", count: 64 - digits.count) + digits)
  }

  private func ingest(_ number: Int, _ offset: UInt64, of total: UInt64) throws -> Ingest {
    Ingest(layer: try layer(number), offset: offset, total: total)
  }

  @Test func countsAgainstTheManifest() throws {
    var meter = PullMeter(foreign: [], now: start)
    let first = [try ingest(1, 10, of: 100)]
    #expect(meter.unknown(among: first) == [try layer(1)])
    meter.learn(
      ManifestLayers(sizes: [try layer(1): 100, try layer(2): 50, try layer(3): 30]), present: [try layer(3)])
    #expect(meter.observe(first, isAlone: false, now: start) == PullProgress(transferredBytes: 10, totalBytes: 150))
    #expect(meter.unknown(among: first).isEmpty)
    #expect(meter.observe(first, isAlone: false, now: start) == nil)
    let second = [try ingest(2, 20, of: 50)]
    #expect(meter.observe(second, isAlone: false, now: start) == PullProgress(transferredBytes: 120, totalBytes: 150))
    #expect(meter.finish() == PullProgress(transferredBytes: 150, totalBytes: 150))
    #expect(meter.finish() == nil)
  }

  @Test func leavesOthersLayersOut() throws {
    var meter = PullMeter(foreign: [try ingest(9, 5, of: 10)], now: start)
    #expect(meter.observe([try ingest(9, 6, of: 10)], isAlone: true, now: start) == nil)
    #expect(meter.observe([try ingest(1, 6, of: 10)], isAlone: false, now: start) == nil)
    #expect(
      meter.observe([try ingest(1, 6, of: 10), try ingest(9, 9, of: 10)], isAlone: true, now: start)
        == PullProgress(transferredBytes: 6, totalBytes: 10))
  }

  @Test func isStuckOnlyWhileFetching() throws {
    let limit = Duration.seconds(300)
    var meter = PullMeter(foreign: [], now: start)
    #expect(!meter.isStuck(for: limit, now: start + .seconds(299)))
    #expect(meter.isStuck(for: limit, now: start + .seconds(300)))
    _ = meter.observe([try ingest(1, 1, of: 10)], isAlone: true, now: start + .seconds(200))
    #expect(!meter.isStuck(for: limit, now: start + .seconds(499)))
    _ = meter.observe([try ingest(1, 1, of: 10)], isAlone: true, now: start + .seconds(499))
    #expect(meter.isStuck(for: limit, now: start + .seconds(500)))
    _ = meter.observe([try ingest(1, 2, of: 10)], isAlone: true, now: start + .seconds(500))
    #expect(!meter.isStuck(for: limit, now: start + .seconds(501)))
    _ = meter.observe([], isAlone: true, now: start + .seconds(501))
    #expect(!meter.isStuck(for: limit, now: start + .seconds(5000)))
  }

  @Test func readsContainerdsNames() throws {
    #expect(Ingest(reference: "layer-\(try layer(1))", offset: -1, total: 5)?.total == 5)
    #expect(Ingest(reference: "manifest-\(try layer(1))", offset: 0, total: 5) == nil)
    #expect(Ingest(reference: "layer-x", offset: 0, total: 5) == nil)
    let json = #"{"schemaVersion":2,"config":{},"layers":[{"digest":"\#(try layer(1))","size":7}]}"#
    #expect(ManifestLayers(json: Array(json.utf8))?.sizes == [try layer(1): 7])
    #expect(ManifestLayers(json: Array("{}".utf8)) == nil)
  }

  /// Whatever containerd says, in whatever order.
  @Test(arguments: seeds("pull progress"))
  func neverGoesBackNorPastTheTotal(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var meter = PullMeter(foreign: [], now: start)
    var last = PullProgress(transferredBytes: 0, totalBytes: 0)
    for step in 0..<300 {
      let ingests = try (0..<Int.random(in: 0...4, using: &random)).map { _ in
        try ingest(
          Int.random(in: 0...6, using: &random), .random(in: 0...120, using: &random),
          of: .random(in: 0...100, using: &random))
      }
      if Int.random(in: 0...20, using: &random) == 0 {
        let sizes = try (0...4).map { (try layer($0), UInt64.random(in: 0...150, using: &random)) }
        meter.learn(ManifestLayers(sizes: Dictionary(uniqueKeysWithValues: sizes)), present: [try layer(0)])
      }
      let shown = meter.observe(ingests, isAlone: .random(using: &random), now: start + .seconds(step))
      guard let shown else { continue }
      #expect(shown.transferredBytes >= last.transferredBytes)
      #expect(shown.totalBytes ?? 0 >= last.totalBytes ?? 0)
      #expect(shown.transferredBytes <= shown.totalBytes ?? 0)
      last = shown
    }
  }
}
