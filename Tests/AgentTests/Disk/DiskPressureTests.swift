import Agent
import ContainerRuntime
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

private let names = ["docker.io/library/a:1", "docker.io/library/b:1", "docker.io/library/c:1"]
private let gibibyte: UInt64 = 1 << 30

@Suite("Disk pressure and pins")
struct DiskPressureTests {
  /// A node of 100 GiB with three images of 10 GiB each, a the most important, all pinned by Swiftlet.
  private func bench() throws -> Bench {
    var bench = Bench()
    bench.runtime.capacity = 100 * gibibyte
    for (index, name) in names.enumerated() {
      try bench.runtime.add(name, id: fakeID(index))
      bench.runtime.sizes[fakeID(index)] = 10 * gibibyte
      bench.plan(name) {
        $0.pin = true
        $0.priority = Int32(10 - index)
      }
    }
    bench.begin()
    bench.answerPins()
    bench.pass(.seconds(2))
    #expect(bench.pinned == [fakeID(0), fakeID(1), fakeID(2)])
    return bench
  }

  @Test("the lowest priority is unpinned first, only as much as needed, and comes back after a calm while")
  func lowestFirst() throws {
    var bench = try bench()
    bench.pass(.seconds(10))
    bench.runtime.otherBytes = 60 * gibibyte
    bench.tell(.runtimeChanged)
    bench.pass(.seconds(2))
    bench.answerPins()
    #expect(bench.pinned == [fakeID(0), fakeID(1)], "90 % are used: the kubelet wants 10 GiB")
    bench.pass(.seconds(2))
    #expect(bench.condition("DiskPressure")?.message == "90 % of the image file system are in use, more than 85 %")
    #expect(bench.condition("PinsLimited")?.reason == "DiskPressure")
    #expect(bench.condition("PinsLimited")?.message == "1 of 3 pins are given up while the disk is short")
    #expect(bench.image(names[2])?.pinned == false)

    // The kubelet takes it, and it isn't brought back.
    bench.runtime.images[fakeID(2)] = nil
    bench.grant("g1")
    bench.deliver()
    bench.tell(.runtimeChanged)
    bench.pass(.seconds(5))
    #expect(bench.pulls.isEmpty)
    #expect(bench.image(names[2])?.state == .waiting)
    #expect(bench.image(names[2])?.reason == "DiskPressure")
    #expect(try #require(bench.image(names[2])?.retryAt) > bench.now + .seconds(300), "no turn meanwhile")
    #expect(bench.status.released == ["g1"])

    // 80 % are used now; after a while it is over.
    bench.pass(.seconds(90))
    #expect(bench.condition("DiskPressure") == nil)
    #expect(bench.image(names[2])?.reason == "Missing")
    #expect(bench.image(names[2])?.retryAt == nil)
    bench.grant("g2")
    bench.deliver()
    #expect(bench.pullNames == [names[2]])
  }

  @Test("between the two thresholds nothing flaps")
  func hysteresis() throws {
    var bench = try bench()
    bench.runtime.otherBytes = 54 * gibibyte
    bench.tell(.runtimeChanged)
    bench.pass(.seconds(60))
    #expect(bench.pinActions.isEmpty, "84 % aren't too much")
    bench.runtime.otherBytes = 56 * gibibyte
    bench.tell(.runtimeChanged)
    bench.pass(.seconds(60))
    bench.answerPins()
    #expect(bench.pinned == [fakeID(0), fakeID(1)])
    bench.runtime.otherBytes = 51 * gibibyte
    bench.pass(.seconds(300))
    #expect(bench.pinActions.isEmpty, "81 % aren't calm yet")
    bench.runtime.otherBytes = 50 * gibibyte
    bench.pass(.seconds(90))
    bench.answerPins()
    #expect(bench.pinned == [fakeID(0), fakeID(1), fakeID(2)])
  }

  @Test("what the kubelet doesn't take for a while is in use: others go")
  func inUse() throws {
    var bench = try bench()
    bench.runtime.otherBytes = 60 * gibibyte
    bench.tell(.runtimeChanged)
    for _ in 0..<5 {
      bench.pass(.seconds(60))
      bench.answerPins()
    }
    #expect(bench.pinned == [fakeID(0), fakeID(1)])
    bench.pass(.seconds(120))
    bench.answerPins()
    #expect(bench.pinned == [fakeID(0)])
  }

  @Test("where only the Node says that its disk is short, pins go step by step, also while paused")
  func reported() throws {
    var bench = try bench()
    bench.inventory.spec.diskPressure = true
    bench.inventory.spec.paused = true
    bench.deliver()
    bench.answerPins()
    #expect(bench.pinned == [fakeID(0), fakeID(1)])
    bench.pass(.seconds(65))
    bench.answerPins()
    #expect(bench.pinned == [fakeID(0)])
    bench.pass(.seconds(60))
    bench.answerPins()
    #expect(bench.pinned == [])
    bench.inventory.spec.diskPressure = nil
    bench.deliver()
    bench.pass(.seconds(65))
    bench.answerPins()
    #expect(bench.pinned == [], "nothing is pinned while paused")
    bench.inventory.spec.paused = nil
    bench.deliver()
    bench.answerPins()
    #expect(bench.pinned.count == 3)
  }

  @Test("running pulls are stopped")
  func running() throws {
    var bench = try bench()
    let name = "docker.io/library/d:1"
    bench.plan(name)
    bench.grant("g1")
    bench.deliver()
    #expect(bench.pullNames == [name])
    bench.inventory.spec.diskPressure = true
    bench.deliver()
    #expect(bench.cancelled == [name])
    bench.end(name, Bench.stopped)
    bench.pass(.seconds(2))
    #expect(bench.image(name)?.reason == "DiskPressure")
    #expect(bench.image(name)?.attempts == nil)
  }

  @Test("pins take less than half of the disk, and the rest is said", arguments: seeds("pins", count: 40))
  func half(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var images: [RuntimeImage] = []
    var wanted: [WantedImage] = []
    for index in 0..<Int.random(in: 0...30, using: &generator) {
      let name = "docker.io/library/i\(index):1"
      // Some are the same image by another name, and many have the same size.
      let id = fakeID(Int.random(in: 0...20, using: &generator))
      let size: UInt64 = Bool.random(using: &generator) ? 100 : UInt64.random(in: 0...300, using: &generator)
      if let known = images.firstIndex(where: { $0.id == id }) {
        images[known].tags.append(name)
      } else {
        images.append(RuntimeImage(id: id, tags: [name], digests: [], size: size))
      }
      var planned = PlannedImage()
      planned.pin = Int.random(in: 0..<4, using: &generator) > 0
      planned.priority = Int32.random(in: 0...2, using: &generator)
      wanted.append(WantedImage(name: name, planned: planned))
    }
    let capacity = UInt64.random(in: 0...6000, using: &generator)
    let observed = ObservedImages(images)
    let choice = PinPolicy.choose(
      wanted, observed: observed, capacity: capacity, footprint: Footprint(isCompressed: false))
    let again = PinPolicy.choose(
      wanted.shuffled(using: &generator), observed: ObservedImages(images.shuffled(using: &generator)),
      capacity: capacity, footprint: Footprint(isCompressed: false))
    #expect(choice == again)
    let bytes = choice.chosen.reduce(0) { $0 + $1.bytes }
    #expect(bytes == 0 || bytes < capacity / 2)
    let ids = Set(wanted.filter(\.isPinWanted).compactMap { observed[name: $0.name]?.id })
    #expect(choice.chosen.count + choice.leftOut == ids.count)
    #expect(Set(choice.chosen.map(\.id)).isSubset(of: ids))
    // Whatever was left out wouldn't fit next to what is at least as important.
    for image in wanted where image.isPinWanted {
      guard let there = observed[name: image.name], !choice.chosen.contains(where: { $0.id == there.id }) else {
        continue
      }
      let before = choice.chosen.filter { chosen in
        wanted.contains {
          $0.isPinWanted && observed[name: $0.name]?.id == chosen.id
            && ($0.priority > image.priority || ($0.priority == image.priority && $0.name < image.name))
        }
      }
      #expect(before.reduce(0) { $0 + $1.bytes } + there.size >= capacity / 2)
    }
  }
}

extension Bench {
  var pinned: Set<String> { Set(runtime.images.filter(\.value.pinned).keys) }

  var pinActions: [AgentAction] {
    actions.filter {
      guard case .setPinned = $0 else { return false }
      return true
    }
  }

  /// Does what was asked for about pins.
  mutating func answerPins() {
    while let action = pinActions.first, case .setPinned(let id, let isPinned) = action {
      actions.removeAll { $0 == action }
      runtime.images[id]?.pinned = isPinned
      tell(.pinEnded(id: id, isPinned: isPinned, nil))
    }
  }

  func condition(_ type: String) -> Condition? { status.conditions?.first { $0.type == type } }
}
