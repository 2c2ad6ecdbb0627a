import KubernetesClient
import Operator
import Planning
import SwiftletAPI
import Testing

struct ImageSetMappingTests {
  private let now = Instant(Samples.start + .seconds(60))

  @Test func mapsEveryField() throws {
    let set = Samples.set(images: ["nginx", "reg.example:5000/a/b:2"]) { spec in
      spec.images[1].platform = "linux/arm64"
      spec.images[1].pullPolicy = .always
      spec.budget = "slow"
      spec.priority = 7
      spec.pin = false
      spec.retention = .retain
      spec.paused = true
      spec.nodes = ImageSetNodes(
        selector: LabelSelector(
          matchLabels: ["pool": "gpu"],
          matchExpressions: [
            .init(key: "zone", operator: "In", values: ["a", "b"]), .init(key: "x", operator: "Exists"),
          ]),
        tolerations: [Toleration(key: "node.kubernetes.io/not-ready", operator: "Exists")])
    }
    let demand = try #require(ImageSetFrontEnd().demands(of: set, now: now).demands.first)
    #expect(demand.id == Samples.id(set))
    #expect(demand.images.map(\.key.normalized) == ["docker.io/library/nginx:latest", "reg.example:5000/a/b:2"])
    #expect(demand.images[0].freshAfter == nil)
    #expect(demand.images[1].freshAfter == Instant(Samples.start))
    #expect(demand.images[1].platform == "linux/arm64")
    #expect(demand.budget == "slow")
    #expect(demand.priority == 7)
    #expect(!demand.pin)
    #expect(demand.retention == .retain)
    #expect(demand.paused)
    #expect(demand.selector.matches(["pool": "gpu", "zone": "a", "x": ""]))
    #expect(!demand.selector.matches(["pool": "gpu", "zone": "c", "x": ""]))
    #expect(demand.tolerations == [TaintToleration(key: "node.kubernetes.io/not-ready")])
    #expect(demand.taintRule == .ignoreOthers)
  }

  @Test func absentFieldsHaveTheirDefaults() throws {
    let demand = try #require(ImageSetFrontEnd().demands(of: Samples.set(), now: now).demands.first)
    #expect(demand.budget == "default")
    #expect(demand.pin && !demand.paused && demand.priority == 0 && demand.retention == .delete)
    #expect(demand.selector.matches([:]))
  }

  @Test(arguments: [
    (["nginx", "Not A Reference", "redis:7"], ["docker.io/library/nginx:latest", "docker.io/library/redis:7"]),
    (["nginx", "docker.io/library/nginx:latest"], ["docker.io/library/nginx:latest"]),
    (["example.com/UPPER"], []),
  ])
  func leavesOutWhatIsInvalid(images: [String], expected: [String]) throws {
    let demand = try #require(ImageSetFrontEnd().demands(of: Samples.set(images: images), now: now).demands.first)
    #expect(demand.images.map(\.key.normalized) == expected)
  }

  @Test func leavesOutAnImageWithAnInvalidPlatform() throws {
    let set = Samples.set(images: ["a", "b"]) { $0.images[0].platform = "windows/amd64" }
    let demand = try #require(ImageSetFrontEnd().demands(of: set, now: now).demands.first)
    #expect(demand.images.map(\.key.normalized) == ["docker.io/library/b:latest"])
  }

  @Test(arguments: [
    ("In", [] as [String]), ("NotIn", []), ("Exists", ["x"]), ("DoesNotExist", ["x"]), ("Gt", ["1"]), ("", []),
  ])
  func anUnreadableExpressionSelectsNothing(name: String, values: [String]) {
    let selector = NodeSelector(
      LabelSelector(matchExpressions: [.init(key: "zone", operator: name, values: values)]))
    #expect(!selector.matches([:]))
    #expect(!selector.matches(["zone": "x"]))
    #expect(!selector.matches(["zone": "1"]))
  }

  @Test func anUnreadableTolerationToleratesNothing() {
    #expect(TaintToleration(Toleration(operator: "Equal", value: "x")) == nil)
    #expect(TaintToleration(Toleration(key: "a", operator: "Sometimes")) == nil)
    #expect(TaintToleration(Toleration(key: "a", operator: "Exists", effect: "Never")) == nil)
    #expect(TaintToleration(Toleration(operator: "Exists")) == TaintToleration())
    #expect(
      TaintToleration(Toleration(key: "a", value: "b", effect: "NoExecute"))
        == TaintToleration(key: "a", match: .equal("b"), effect: .noExecute))
  }

  @Test func looksAgainWhenTheNextRefreshIsDue() throws {
    let set = Samples.set { $0.refreshInterval = "1h" }
    let mapped = ImageSetFrontEnd().demands(of: set, now: Instant(Samples.start + .seconds(3700)))
    #expect(mapped.lookAgainAt == Instant(Samples.start + .seconds(7200)))
    #expect(mapped.demands.first?.images.first?.freshAfter == Instant(Samples.start + .seconds(3600)))
    #expect(ImageSetFrontEnd().demands(of: Samples.set(), now: now).lookAgainAt == nil)
  }

  @Test func aSetThatIsBeingDeletedWantsNothing() {
    var set = Samples.set()
    set.metadata.deletionTimestamp = Samples.start
    #expect(ImageSetFrontEnd().demands(of: set, now: now).demands.isEmpty)
  }
}
