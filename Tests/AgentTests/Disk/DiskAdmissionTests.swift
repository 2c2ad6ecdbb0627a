import Agent
import ContainerRuntime
import KubernetesClient
import SwiftletAPI
import Testing

private let a = "docker.io/library/a:1"
private let b = "docker.io/library/b:1"
private let gibibyte: UInt64 = 1 << 30

@Suite("Disk admission")
struct DiskAdmissionTests {
  /// A node with containerd and 10 GiB for images, of which some are used.
  private func bench(used: UInt64) -> Bench {
    var bench = Bench()
    bench.runtime.name = "containerd"
    bench.runtime.capacity = 10 * gibibyte
    bench.runtime.otherBytes = used * gibibyte
    return bench
  }

  @Test("an image that is too large by its size elsewhere isn't started, in words, and without another write")
  func hint() throws {
    var bench = bench(used: 4)
    bench.plan(a) { $0.sizeBytes = 2 << 30 }
    bench.plan(b) { $0.sizeBytes = 1 << 30 }
    bench.grant("g1")
    bench.begin()
    #expect(bench.pullNames == [b], "the other one fits")
    try bench.finish(b)
    bench.pass(.seconds(2))
    let image = bench.image(a)
    #expect(image?.state == .failed)
    #expect(image?.reason == "DiskFull")
    #expect(
      image?.message
        == "needs about 7 GiB, and 4.5 GiB may be used: 6 GiB of 10 GiB are free, and at most 85 % are to be in use")
    #expect(bench.status.released == ["g1"])
    let retryAt = try #require(image?.retryAt)
    #expect(retryAt > bench.now + .seconds(400))
    let writes = bench.writes.count
    bench.pass(.seconds(400))
    #expect(bench.writes.count == writes)
    #expect(bench.pulls.isEmpty)
  }

  @Test("it is pulled as soon as space is seen")
  func spaceAppears() throws {
    var bench = bench(used: 4)
    bench.plan(a) { $0.sizeBytes = 2 << 30 }
    bench.grant("g1")
    bench.begin()
    bench.pass(.seconds(2))
    #expect(bench.image(a)?.reason == "DiskFull")
    bench.runtime.otherBytes = gibibyte
    bench.pass(.seconds(40))
    #expect(bench.image(a)?.state == .waiting)
    #expect(bench.image(a)?.retryAt == nil, "the controller may give a turn again")
    bench.grant("g2")
    bench.deliver()
    #expect(bench.pullNames == [a])
  }

  @Test("after the back-off the manifest decides, not what another node has")
  func probing() throws {
    var bench = bench(used: 4)
    bench.plan(a) { $0.sizeBytes = 2 << 30 }
    bench.grant("g1")
    bench.begin()
    bench.pass(.seconds(2))
    let retryAt = try #require(bench.image(a)?.retryAt)
    bench.pass(retryAt - bench.now)
    bench.grant("g2")
    bench.deliver()
    let order = try #require(bench.pulls.first)
    bench.tell(
      .pullProgressed(name: a, id: order.id, PullProgress(transferredBytes: 1, totalBytes: 500 << 20)))
    bench.pass(.seconds(1))
    #expect(bench.cancelled.isEmpty)
    try bench.finish(a)
    bench.pass(.seconds(2))
    #expect(bench.image(a)?.state == .present)
    #expect(bench.image(a)?.attempts == nil)
  }

  @Test("a pull whose manifest says that it won't fit is stopped early")
  func early() throws {
    var bench = bench(used: 4)
    bench.plan(a)
    bench.grant("g1")
    bench.begin()
    let order = try #require(bench.pulls.first)
    bench.tell(.pullProgressed(name: a, id: order.id, PullProgress(transferredBytes: 0, totalBytes: gibibyte)))
    #expect(bench.cancelled.isEmpty)
    bench.tell(.pullProgressed(name: a, id: order.id, PullProgress(transferredBytes: 10, totalBytes: 2 * gibibyte)))
    #expect(bench.cancelled == [a])
    bench.end(a, Bench.stopped)
    bench.pass(.seconds(2))
    #expect(bench.image(a)?.reason == "DiskFull")
    #expect(bench.image(a)?.attempts == 1)
    #expect(bench.ledger.images[a] == nil)
    bench.grant("g2")
    bench.deliver()
    #expect(bench.pulls.isEmpty, "it waits")
    #expect(bench.status.released == ["g1"] || bench.status.released == ["g1", "g2"])
  }

  @Test("what fits only without the others waits for their end, and hasn't failed")
  func others() throws {
    var bench = bench(used: 4)
    bench.plan(a, b) { $0.sizeBytes = 1 << 30 }
    bench.grant("g1", pulls: 2)
    bench.begin()
    #expect(bench.pullNames == [a])
    bench.pass(.seconds(2))
    #expect(bench.image(b)?.state == .waiting && bench.image(b)?.reason == nil)
    #expect(bench.image(b)?.attempts == nil)
    #expect(bench.status.released == nil)
    // It took less than thought.
    try bench.finish(a)
    bench.pass(.seconds(1))
    #expect(bench.pullNames == [b])
  }

  @Test("a disk that ran full in the middle is said with the runtime's words; only more space brings a new attempt")
  func runtimeSays() throws {
    var bench = bench(used: 4)
    bench.plan(a) { $0.sizeBytes = 100 << 20 }
    bench.grant("g1")
    bench.begin()
    bench.runtime.otherBytes = 8 * gibibyte
    bench.end(a, Bench.failure(.diskFull))
    bench.pass(.seconds(2))
    #expect(bench.image(a)?.reason == "DiskFull")
    #expect(
      bench.image(a)?.message == "the image file system (10 GiB) ran full; the runtime says: it says DiskFull")
    let writes = bench.writes.count
    bench.pass(.seconds(300))
    #expect(bench.writes.count == writes, "it would fit by the numbers, but it did before too")
    bench.runtime.otherBytes = 4 * gibibyte
    bench.pass(.seconds(40))
    #expect(bench.image(a)?.state == .waiting && bench.image(a)?.retryAt == nil)
  }

  @Test("a new agent looks at the disk afresh")
  func restart() throws {
    var image = NodeImage(state: .failed)
    image.reason = "DiskFull"
    image.attempts = 3
    var status = NodeInventoryStatus()
    status.nodeUID = "uid"
    var bench = Bench(status: status)
    image.retryAt = bench.now + .seconds(20_000)
    bench.inventory.status?.images = [a: image]
    bench.plan(a)
    bench.grant("g1")
    bench.begin()
    #expect(bench.pullNames == [a])
  }

  @Test("another limit", arguments: [(50, false), (95, true)])
  func limit(percent: Int, isPulled: Bool) {
    var bench = Bench(limits: DiskLimits(maxUsedPercent: percent))
    bench.runtime.name = "containerd"
    bench.runtime.capacity = 10 * gibibyte
    bench.runtime.otherBytes = 4 * gibibyte
    bench.plan(a) { $0.sizeBytes = 1 << 30 }
    bench.grant("g1")
    bench.begin()
    #expect(bench.pullNames == (isPulled ? [a] : []))
  }
}
