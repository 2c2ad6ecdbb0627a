import KubernetesClient
import KubernetesRuntime
import Operator
import Planning
import SwiftletAPI
import TestSupport
import Testing

struct SessionTests {
  @Test func bringsASetToReadyAndTakesItAway() async throws {
    let bench = try SessionBench(nodes: ["n1", "n2"])
    try await bench.lead {
      try bench.api.put(Samples.set(images: ["nginx:1", "redis:7"]))
      for name in ["n1", "n2"] {
        try await eventually("a plan for \(name)") { try bench.inventory(name) }
        try bench.answer(name)
        try await eventually("a turn for \(name)") {
          try bench.inventory(name)?.spec.grants?.isEmpty == false ? true : nil
        }
      }
      try await eventually("a first status") { try bench.set()?.status?.progress == "0/4" ? true : nil }
      try bench.carryOut("n1")
      try bench.carryOut("n2")
      let set = try await eventually("ready") {
        try bench.set().flatMap { $0.status?.conditions?.isTrue("Ready") == true ? $0 : nil }
      }
      #expect(set.status?.progress == "4/4")
      #expect(set.status?.nodes == ReadyCounts(desired: 2, ready: 2, unreachable: 0))
      #expect(bench.events.all == ["Normal ImageSet/web Ready"])

      bench.api.drop("imagesets", ObjectKey(name: "web"))
      for name in ["n1", "n2"] {
        try await eventually("removals for \(name)") {
          try bench.inventory(name)?.spec.removals?.count == 2 ? true : nil
        }
        try bench.carryOut(name)
      }
      try await eventually("nothing planned") {
        try bench.inventory()?.spec.images == nil && bench.inventory()?.status?.images?.isEmpty == true ? true : nil
      }
    }
  }

  @Test func aVanishedKindWantsWhatItWantedBefore() async throws {
    let bench = try SessionBench()
    try bench.api.put(Samples.set())
    try await bench.lead {
      try await eventually("a plan") { try bench.inventory()?.spec.images?.count == 1 ? true : nil }
      try bench.carryOut()
      try await eventually("ready") { try bench.set()?.status?.conditions?.isTrue("Ready") == true ? true : nil }
      // As when a definition is deleted: it is being deleted first, then its objects go, then it goes.
      var definition = Samples.definition()
      definition.metadata.deletionTimestamp = Samples.start
      try bench.api.put(definition)
      bench.api.drop("imagesets", ObjectKey(name: "web"))
      try await eventually("a look at the definition after the deletion") {
        bench.api.count("get imagesets/web") > 0 && bench.api.count("get customresourcedefinitions") > 1 ? true : nil
      }
      // Whatever happens to the node now, nothing is removed.
      try bench.api.change(Node.self, "n1") { $0.metadata.labels?["touched"] = "yes" }
      try bench.api.put(Samples.set("other", images: ["redis:7"]))
      try await eventually("a plan with both") { try bench.inventory()?.spec.images?.count == 2 ? true : nil }
      #expect(try bench.inventory()?.spec.removals == nil)

      // The kind is back, with one object only: now the other one is gone for certain.
      try bench.api.put(Samples.definition())
      bench.router.send(.kind("ImageSet"))
      try await eventually("a plan without it") { try bench.inventory()?.spec.images?.count == 1 ? true : nil }
      try bench.carryOut()
      try await eventually("the removal") {
        try bench.inventory()?.spec.removals?.keys.sorted() == ["docker.io/library/nginx:1"] ? true : nil
      }
    }
  }

  @Test func aStoreThatLagsIsNoProofOfADeletion() async throws {
    let bench = try SessionBench()
    try bench.api.put(Samples.set())
    try await bench.lead {
      try await eventually("a plan") { try bench.inventory()?.spec.images?.count == 1 ? true : nil }
      try await eventually("a look at the server") {
        // A status that is being written brings it back into the store.
        _ = bench.sets.remove(ObjectKey(name: "web"))
        bench.router.send(.object(ObjectRef(kind: "ImageSet", key: ObjectKey(name: "web"))))
        return bench.api.count("get imagesets/web") > 0 ? true : nil
      }
      try bench.api.put(Samples.set("other", images: ["redis:7"]))
      try await eventually("a plan with both") { try bench.inventory()?.spec.images?.count == 2 ? true : nil }
    }
  }

  @Test func anUnservedKindAtTheStartIsUnknown() async throws {
    let bench = try SessionBench()
    try bench.api.put(Samples.set())
    try await bench.lead {
      try await eventually("a plan") { try bench.inventory()?.spec.images?.count == 1 ? true : nil }
      try bench.carryOut()
    }
    bench.api.drop("customresourcedefinitions", ObjectKey(name: "imagesets.swiftlet.dev"))
    _ = bench.sets.remove(ObjectKey(name: "web"))
    let before = try bench.inventory()?.spec
    try await bench.lead {
      _ = try await eventually("looks at the definition") {
        bench.api.count("get customresourcedefinitions") > 2 ? true : nil
      }
    }
    let after = try bench.inventory()?.spec
    #expect(after?.images == before?.images)
    #expect(after?.removals == nil)
  }

  @Test func aNewLeaderCountsTheGrantsOfTheOldOne() async throws {
    let bench = try SessionBench(nodes: ["n1", "n2"])
    try bench.api.put(
      PullBudget(metadata: ObjectMeta(name: "default"), spec: PullBudgetSpec(maxConcurrentNodes: 1)))
    try bench.api.put(Samples.set())
    @Sendable func granted() throws -> Set<String> {
      Set(
        try bench.api.all(NodeInventory.self).filter { $0.spec.grants?.isEmpty == false }.compactMap(\.metadata.name))
    }
    try await bench.lead {
      try await eventually("plans for both") { try bench.api.all(NodeInventory.self).count == 2 ? true : nil }
      for name in ["n1", "n2"] { try bench.answer(name) }
      try await eventually("a turn for one") { try granted().isEmpty ? nil : true }
    }
    let first = try granted()
    #expect(first.count == 1)
    // Nothing is wanted any more on the node that has the turn, so only a look at all inventories finds it; and the
    // successor's informer hasn't seen any of them.
    let other = first == ["n1"] ? "n2" : "n1"
    try bench.api.change(Node.self, other) { $0.metadata.labels?["pool"] = "rest" }
    try bench.api.change(ImageSet.self, "web") {
      $0.spec.nodes = ImageSetNodes(selector: LabelSelector(matchLabels: ["pool": "rest"]))
    }
    for name in ["n1", "n2"] { _ = bench.inventories.remove(ObjectKey(name: name)) }
    try await bench.lead {
      try await eventually("a set's status") { try bench.set()?.status?.observedGeneration == 2 ? true : nil }
      try bench.answer(other)
      try bench.api.change(ImageSet.self, "web") { $0.spec.images.append(ImageSetImage(image: "redis:7")) }
      try await eventually("the next plan") { try bench.inventory(other)?.spec.images?.count == 2 ? true : nil }
      try bench.answer(other)
      try bench.api.change(ImageSet.self, "web") { $0.spec.priority = 1 }
      try await eventually("the last plan") {
        try bench.inventory(other)?.spec.images?.values.allSatisfy { $0.priority == 1 } == true ? true : nil
      }
    }
    #expect(try granted() == first)
  }

  @Test func anInvalidBudgetIsReplacedByTheDefault() async throws {
    let bench = try SessionBench()
    try bench.api.put(
      PullBudget(metadata: ObjectMeta(name: "slow"), spec: PullBudgetSpec(minStartInterval: "soon")))
    try bench.api.put(Samples.set { $0.budget = "slow" })
    try await bench.lead {
      try await eventually("a plan") { try bench.inventory() }
      try bench.answer()
      try await eventually("a turn") { try bench.inventory()?.spec.grants?.first?.budget == "default" ? true : nil }
      try await eventually("words in the status") {
        try bench.set()?.status?.conditions?.first?.message.contains("no valid PullBudget \"slow\"") == true
          ? true : nil
      }
    }
    #expect(bench.events.all.contains("Warning PullBudget/slow InvalidSpec"))
  }

  @Test func theStatusAnswersToTheNewestGeneration() async throws {
    let bench = try SessionBench()
    try bench.api.put(Samples.set())
    try await bench.lead {
      try await eventually("a status") { try bench.set()?.status?.observedGeneration == 1 ? true : nil }
      try bench.api.change(ImageSet.self, "web") { $0.spec.priority = 5 }
      try await eventually("the next one") { try bench.set()?.status?.observedGeneration == 2 ? true : nil }
    }
  }

  @Test func manyChangesAreFewStatusWrites() async throws {
    let images = (0..<40).map { "image-\($0):1" }
    let bench = try SessionBench()
    try bench.api.put(Samples.set(images: images))
    try await bench.lead {
      try await eventually("a plan") { try bench.inventory()?.spec.images?.count == 40 ? true : nil }
      for count in 1...40 {
        try bench.api.change(NodeInventory.self, "n1") { inventory in
          var status = NodeInventoryStatus()
          status.nodeUID = inventory.spec.nodeUID
          status.observedGeneration = inventory.metadata.generation
          status.images = Dictionary(
            uniqueKeysWithValues: images.prefix(count).map { ("docker.io/library/\($0)", NodeImage(state: .present)) })
          inventory.status = status
        }
        await Task.yield()
      }
      try await eventually("ready") { try bench.set()?.status?.conditions?.isTrue("Ready") == true ? true : nil }
    }
    // One at the start, one when all is there, and one a second between them.
    #expect(bench.api.count("patch imagesets/status") <= 10)
  }

  @Test func writesNothingWhenNothingChanges() async throws {
    let bench = try SessionBench()
    try bench.api.put(Samples.set())
    try await bench.lead {
      try await eventually("a plan") { try bench.inventory()?.spec.images?.count == 1 ? true : nil }
      try bench.carryOut()
      try await eventually("ready") { try bench.set()?.status?.conditions?.isTrue("Ready") == true ? true : nil }
    }
    let writes = bench.api.log.count { $0.hasPrefix("patch") || $0.hasPrefix("create") }
    // A successor finds everything in order.
    try await bench.lead {
      let lists = bench.api.count("list imagesets")
      try await eventually("all sets") { bench.api.count("list imagesets") > lists || lists > 1 ? true : nil }
      bench.router.send(.node("n1"))
      bench.router.send(.object(ObjectRef(kind: "ImageSet", key: ObjectKey(name: "web"))))
      for _ in 0..<100 { await Task.yield() }
    }
    let later = bench.api.log.count { $0.hasPrefix("patch") || $0.hasPrefix("create") }
    // The turn that was given back may be tidied away.
    #expect(later - writes <= 1)
  }
}
