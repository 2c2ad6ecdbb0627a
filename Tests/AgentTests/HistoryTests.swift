import Agent
import ContainerRuntime
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

/// Random histories of one node. The rules are checked at every step by `ModelNode`; the end by these tests.
@Suite("Random histories")
struct HistoryTests {
  static let digest = String(repeating: "ab", count: 32)
  static let universe = [
    "docker.io/library/a:1", "docker.io/library/a:2", "docker.io/library/b:1", "b.test/x/a:1", "b.test/x/b:1",
    "c.test/c:1", "c.test/d@sha256:\(digest)", "docker.io/library/e:1",
  ]

  struct History {
    var node: ModelNode
    var controller: ModelController
    var generator: SeededGenerator

    init(seed: UInt64) {
      node = ModelNode(seed: seed)
      controller = ModelController(seed: seed)
      generator = SeededGenerator(seed: seed ^ 0xFACE)
      for (index, name) in universe.enumerated() {
        // A few names share an image.
        node.registry[name] = name.contains("@") ? "sha256:\(digest)" : fakeID(index % 5)
      }
      node.runtime.canUntag = Bool.random(using: &generator)
      if Bool.random(using: &generator) { node.runtime.features = [] }
      if Bool.random(using: &generator) { giveDisk() }
      node.tell(.timer)
    }

    /// A disk on which all images fit, but not all pins.
    mutating func giveDisk() {
      var all: UInt64 = 0
      for id in (0..<8).map({ fakeID($0) }) + ["sha256:\(HistoryTests.digest)"] {
        let size = UInt64.random(in: 100...900, using: &generator)
        node.runtime.sizes[id] = size
        all += size
      }
      node.runtime.capacity = all * 13 / 10
    }

    mutating func choose() -> String { HistoryTests.universe.randomElement(using: &generator) ?? "" }

    /// Something happens.
    mutating func step() {
      switch Int.random(in: 0..<26, using: &generator) {
      case 0...3:
        var planned = PlannedImage()
        planned.budget = Bool.random(using: &generator) ? "big" : nil
        planned.priority = Int32.random(in: 0...2, using: &generator)
        planned.pin = Bool.random(using: &generator)
        planned.retention = Int.random(in: 0..<4, using: &generator) == 0 ? .retain : .delete
        planned.hold = Int.random(in: 0..<8, using: &generator) == 0
        if Int.random(in: 0..<3, using: &generator) == 0 { planned.freshAfter = node.now.wholeSeconds }
        let name = choose()
        if Bool.random(using: &generator), let id = node.registry[name] {
          planned.sizeBytes = Int64(node.runtime.size(id))
        }
        controller.desired[name] = planned
      case 4, 5:
        let name = choose()
        // What may stay is forgotten, and later counts as found.
        if controller.desired[name]?.retention == .retain { node.surelyOurs.remove(name) }
        controller.desired[name] = nil
      case 6: removeExternally(choose())
      case 7: pullExternally(choose())
      case 8:
        if let id = node.runtime.images.keys.sorted().randomElement(using: &generator) {
          node.runtime.containers["c\(Int.random(in: 0..<3, using: &generator))"] = id
        }
      case 9: node.runtime.containers["c\(Int.random(in: 0..<3, using: &generator))"] = nil
      case 10: node.runtime.isUp.toggle()
      case 11: restart()
      case 12: controller.isPaused.toggle()
      case 13:
        let name = choose()
        if !name.contains("@") { node.registry[name] = fakeID(Int.random(in: 0..<8, using: &generator)) }
      case 14: node.tell(.runtimeChanged)
      case 15: if Int.random(in: 0..<4, using: &generator) == 0 { replaceObject() }
      case 16: controller.diskPressure.toggle()
      case 17, 18: fillDisk()
      case 19: collectGarbage()
      default: break
      }
      controller.reconcile(&node)
      node.run(for: .milliseconds(Int.random(in: 1...9000, using: &generator)))
    }

    mutating func fillDisk() {
      guard let capacity = node.runtime.capacity else { return }
      node.runtime.otherBytes = capacity * UInt64.random(in: 0...6, using: &generator) / 10
    }

    mutating func collectGarbage() {
      guard node.runtime.isUp else { return }
      for id in node.runtime.garbage() { loseImage(id) }
    }

    private mutating func loseImage(_ id: String) {
      let image = node.runtime.images.removeValue(forKey: id)
      node.disown((image?.tags ?? []).union(image?.digests ?? []))
    }

    mutating func removeExternally(_ name: String) {
      guard node.runtime.isUp, let id = node.runtime.id(of: name), !node.runtime.containers.values.contains(id) else {
        return
      }
      loseImage(id)
    }

    /// The kubelet pulls an image. Whether that makes it somebody else's depends on what the agent can know.
    mutating func pullExternally(_ name: String) {
      guard node.runtime.isUp, let id = node.registry[name] else { return }
      let isOursForAllItKnows =
        node.pulling.values.contains { $0.name == name }
        || node.ledger.images[name].map { $0.origin == .pulled } == true
      if !node.runtime.has(name), isOursForAllItKnows { node.ours.insert(name) }
      do { try node.runtime.add(name, id: id) } catch { node.fail("\(error)") }
    }

    /// The agent dies, and a new one starts from what is stored.
    mutating func restart() {
      for order in node.pulling.values.sorted(by: { $0.id < $1.id }) where Bool.random(using: &generator) {
        if let id = node.registry[order.name], node.runtime.isUp { node.complete(order.name, id: id) }
      }
      node.pulling = [:]
      node.cancelled = []
      node.queue = []
      node.agent = AgentState(version: "test", ledger: node.ledger, now: node.now)
      node.pacedStarts = [:]
      node.pinning = [:]
      node.delivered = nil
      node.tell(.timer)
      if node.inventory != nil { node.deliver() }
    }

    /// The node came back under its name, or only its object was deleted.
    mutating func replaceObject() {
      if Bool.random(using: &generator) { controller.uid += "'" }
      node.inventory = nil
      node.deliver()
      node.run(for: .milliseconds(Int.random(in: 1...200, using: &generator)))
    }

    /// Everything works from now on; lets it come to rest.
    mutating func settle() {
      node.runtime.isUp = true
      node.runtime.containers = [:]
      node.isHealthy = true
      controller.isPaused = false
      controller.isPlain = true
      controller.diskPressure = false
      for name in controller.desired.keys { controller.desired[name]?.hold = nil }
      controller.reconcile(&node)
      node.run(for: .seconds(60))
      node.runtime.otherBytes = 0
      for _ in 0..<240 {
        controller.reconcile(&node)
        node.run(for: .seconds(5))
      }
    }

    mutating func expectSettled() {
      let status = node.inventory?.status
      for (name, planned) in controller.desired {
        let image = status?.images?[name]
        #expect(node.runtime.has(name), "\(name) is on the node")
        #expect(image?.state == .present, "\(name): \(String(describing: image))")
        #expect(image?.reason == nil, "\(name): \(String(describing: image?.reason))")
        if let freshAfter = planned.freshAfter, let checkedAt = image?.checkedAt { #expect(checkedAt >= freshAfter) }
        if node.surelyOurs.contains(name) { #expect(image?.origin == .pulled, "\(name)") }
        if !node.ours.contains(name) { #expect(image?.origin == .found, "\(name)") }
      }
      let left = (status?.images ?? [:]).filter { controller.desired[$0.key] == nil }
      for (name, image) in left {
        // Only what can't be taken apart may stay.
        #expect(image.reason == "SharedImage" && !node.runtime.canUntag, "\(name): \(image)")
      }
      let pinned = node.runtime.images.filter(\.value.pinned).keys
      #expect(Set(pinned) == expectedPins())
      let limited = status?.conditions?.first { $0.type == "PinsLimited" }
      #expect((limited != nil) == (node.runtime.features.contains(.pins) && expectedPins() != askedPins()))
      #expect(status?.conditions?.contains { $0.type == "DiskPressure" } == false)
      #expect(!node.ledger.images.values.contains { $0.isIntended == true })
      #expect(Set(node.ledger.images.filter { $0.value.isOurs }.keys).isSubset(of: node.ours))
      #expect(status?.progress == "\(controller.desired.count)/\(controller.desired.count)")
    }

    private func askedPins() -> Set<String> {
      Set(controller.desired.filter(\.value.effectivePin).compactMap { node.runtime.id(of: $0.key) })
    }

    private func expectedPins() -> Set<String> {
      guard node.runtime.features.contains(.pins) else { return [] }
      guard let capacity = node.runtime.capacity else { return askedPins() }
      var pins: Set<String> = []
      let ordered = controller.desired.filter(\.value.effectivePin).sorted {
        ($1.value.effectivePriority, $0.key) < ($0.value.effectivePriority, $1.key)
      }
      for id in ordered.compactMap({ node.runtime.id(of: $0.key) }) {
        let bytes = pins.union([id]).reduce(0) { $0 + node.runtime.size($1) }
        if bytes < capacity / 2 { pins.insert(id) }
      }
      return pins
    }

    mutating func expectRest() {
      let writes = node.statusWrites.count
      let actions = node.otherActions
      // Without its yearly retries: what stays because it is shared is looked at now and then.
      let isShared = node.inventory?.status?.images?.values.contains { $0.reason == "SharedImage" } ?? false
      node.run(for: .seconds(1800))
      if !isShared {
        #expect(node.statusWrites.count == writes)
        #expect(node.otherActions == actions)
      }
    }
  }

  @Test(
    "the rules hold at every step, and everything comes to rest as planned", arguments: seeds("histories", count: 24))
  func random(seed: UInt64) {
    var history = History(seed: seed)
    for _ in 0..<80 { history.step() }
    history.settle()
    history.expectSettled()
    history.expectRest()
    #expect(history.node.failures.isEmpty, "\(history.node.failures.prefix(5).joined(separator: "\n"))")
    #expect(history.node.pullStarts > 0)
  }
}
