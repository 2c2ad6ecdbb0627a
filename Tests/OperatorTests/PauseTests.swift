import KubernetesClient
import KubernetesRuntime
import Operator
import SwiftletAPI
import TestSupport
import Testing

/// The ConfigMap that stops everything.
struct PauseTests {
  static let pause = ConfigMap(
    metadata: ObjectMeta(name: ClusterPause.name, namespace: "swiftlet-system"), data: ["reason": "a test"])
  static let key = ObjectKey(namespace: "swiftlet-system", name: ClusterPause.name)

  @Test func stopsEveryNodeAndSaysSo() async throws {
    let bench = try SessionBench(nodes: ["n1", "n2"])
    try bench.api.put(Samples.set())
    try await bench.lead {
      for name in ["n1", "n2"] {
        try await eventually("a plan for \(name)") { try bench.inventory(name) }
        try bench.answer(name)
        try await eventually("a turn for \(name)") {
          try bench.inventory(name)?.spec.grants?.isEmpty == false ? true : nil
        }
      }
      try bench.carryOut("n1")
      try bench.api.put(Self.pause)
      for name in ["n1", "n2"] {
        try await eventually("\(name) is paused") { try bench.inventory(name)?.spec.paused == true ? true : nil }
        try bench.answer(name)
      }
      try await eventually("the set says so") {
        let conditions = try bench.set()?.status?.conditions ?? []
        return conditions.condition("Ready")?.reason == "Paused"
          && conditions.condition("Progressing")?.reason == "Paused"
          ? true : nil
      }
      // What would be removed and pulled isn't.
      let before = try bench.inventory("n2")?.spec.grants
      bench.api.drop("imagesets", ObjectKey(name: "web"))
      try bench.api.put(Samples.set("other", images: ["redis:7"]))
      try await eventually("the plan has the new image") {
        try bench.inventory("n1")?.spec.images?.keys.sorted() == ["docker.io/library/redis:7"] ? true : nil
      }
      #expect(try bench.inventory("n1")?.spec.removals == nil)
      #expect(try bench.inventory("n1")?.spec.grants == nil)
      #expect(try bench.inventory("n2")?.spec.grants == before)

      bench.api.drop("configmaps", Self.key)
      try await eventually("it goes on") {
        let spec = try bench.inventory("n1")?.spec
        try bench.answer("n1")
        return spec?.paused == nil && spec?.grants?.isEmpty == false && spec?.removals?.isEmpty == false ? true : nil
      }
    }
  }

  @Test func aNewLeaderKnowsBeforeItGivesATurn() async throws {
    let bench = try SessionBench()
    try bench.api.put(Samples.set())
    try bench.api.put(Self.pause)
    // Its own informer is behind.
    _ = bench.pauses.remove(Self.key)
    try await bench.lead {
      let spec = try await eventually("a plan") {
        try bench.inventory()?.spec.images == nil ? nil : bench.inventory()?.spec
      }
      #expect(spec.paused == true)
      #expect(spec.grants == nil)
    }
  }

  @Test func whoMayNotReadItKeepsToWhatWasKnown() async throws {
    let bench = try SessionBench()
    try bench.api.put(Samples.set())
    try bench.api.put(Self.pause)
    bench.api.fault("get configmaps", .refuse(FakeAPI.error(403, "Forbidden", "get")))
    try await bench.lead {
      let spec = try await eventually("a plan") {
        try bench.inventory()?.spec.images == nil ? nil : bench.inventory()?.spec
      }
      #expect(spec.paused == true)
    }
  }

  @Test func readsWhatPeopleWrote() {
    let by = ClusterPause(
      ConfigMap(metadata: ObjectMeta(creationTimestamp: Samples.start), data: ["reason": "", "by": "me"]))
    #expect(by == ClusterPause(by: "me", since: Samples.start))
    let long = ClusterPause(reason: String(repeating: "x", count: 1000))
    #expect(long.reason?.count == ClusterPause.maxText)
    let whole = ClusterPause(reason: "why", by: "me", since: Samples.start)
    #expect(ClusterPause(ConfigMap(metadata: ObjectMeta(), data: whole.data)) == whole)
  }
}
