import Foundation
import KubernetesClient
import Operator
import SwiftletAPI
import TestSupport
import Testing

/// What is written stays small, however much fails.
@Suite(.timeLimit(.minutes(2)))
struct FailuresLoadTests {
  @Test func fiveThousandPairsLeaveEveryObjectSmall() async throws {
    let nodes = (1...100).map { "n\($0)" }
    let images = (1...50).map { "registry.example.com/some-team/some-longer-name-of-an-image-\($0):2026.11.21" }
    let bench = try SessionBench(nodes: nodes)
    try bench.api.put(Samples.cache(lists: [ImageCacheList(images: images)]))
    try bench.api.put(Samples.set("same", images: images))
    let message = String(repeating: "dial tcp 10.0.0.1:443: connect: connection refused; ", count: 20).prefix(256)
    try await bench.lead {
      try await eventually("all have failed", within: .seconds(90)) { () -> Bool? in
        for inventory in try bench.api.all(NodeInventory.self) {
          guard let node = inventory.metadata.name, inventory.status?.images?.count != images.count else { continue }
          try bench.carryOut(node, failing: String(message))
        }
        let set = try bench.api.read(ImageSet.self, "same")?.status?.pairs?.failed
        return try set == 5_000 && bench.api.all(ImageCache.self).first?.status?.pairs?.failed == 5_000 ? true : nil
      }
    }
    func size(_ object: some Encodable) throws -> Int { try JSONEncoder().encode(object).count }
    var sizes: [Int] = try bench.api.all(NodeInventory.self).map(size)
    sizes += try bench.api.all(ImageCache.self).map(size) + bench.api.all(ImageSet.self).map(size)
    #expect(sizes.count == 102)
    #expect(sizes.max() ?? 0 < 200_000, "\(sizes.max() ?? 0) bytes")
    #expect(try bench.api.all(ImageCache.self).first?.status?.failures?.values.reduce(0) { $0 + $1.count } == 100)
  }
}
