import Commands
import Foundation
import KubernetesClient
import SwiftletAPI
import Testing

struct ReportTests {
  private func condition(_ type: String, _ status: Condition.Status, _ reason: String) -> Condition {
    Condition(type: type, status: status, lastTransitionTime: Samples.start, reason: reason, message: "\(reason)!")
  }

  private func set(
    generation: Int64 = 2, observed: Int64? = 2, isPaused: Bool = false, conditions: [Condition]
  ) -> ImageSet {
    var set = ImageSet(
      metadata: ObjectMeta(name: "web", generation: generation),
      spec: ImageSetSpec(images: [ImageSetImage(image: "nginx:1")], paused: isPaused))
    var status = ImageSetStatus()
    status.observedGeneration = observed
    status.conditions = conditions
    status.progress = "1/4"
    status.pairs = Samples.pairs(present: 1, pulling: 2, waiting: 1)
    set.status = status
    return set
  }

  private var ready: [Condition] {
    [condition("Ready", .yes, "AllPresent"), condition("Degraded", .no, "AsExpected")]
  }

  @Test func states() {
    #expect(SetReport(set(conditions: ready)).state == .ready)
    #expect(SetReport(set(conditions: ready)).ready)
    let degraded = SetReport(
      set(conditions: [condition("Ready", .no, "PullsFailing"), condition("Degraded", .yes, "PullsFailing")]))
    #expect(degraded.state == .degraded && !degraded.ready && degraded.reason == "PullsFailing")
    let progressing = SetReport(
      set(conditions: [condition("Ready", .no, "Waiting"), condition("Progressing", .yes, "Pulling")]))
    #expect(progressing.state == .progressing && progressing.reason == "Pulling")
    let nowhere = SetReport(
      set(conditions: [condition("Ready", .no, "NoMatchingNodes"), condition("Progressing", .no, "NoMatchingNodes")]))
    #expect(nowhere.state == .progressing && nowhere.reason == "NoMatchingNodes")
    #expect(SetReport(set(isPaused: true, conditions: [condition("Ready", .no, "Paused")])).state == .paused)
  }

  @Test(arguments: [(Int64?.none), 1])
  func anAnswerToAnOlderSpecIsNone(observed: Int64?) {
    let report = SetReport(set(observed: observed, conditions: ready))
    #expect(report.state == .pending)
    #expect(!report.ready)
  }

  private func inventory(_ name: String, _ images: [String: NodeImage]) -> NodeInventory {
    var inventory = NodeInventory(metadata: ObjectMeta(name: name), spec: NodeInventorySpec(nodeUID: "u"))
    inventory.spec.images = images.mapValues { _ in PlannedImage() }
    var status = NodeInventoryStatus()
    status.images = images
    inventory.status = status
    return inventory
  }

  @Test func progressCountsTheBytesOfRunningPulls() {
    var image = NodeImage(state: .pulling)
    image.transferredBytes = 50
    image.totalBytes = 100
    let report = StatusReport(
      sets: [set(conditions: [])],
      inventories: [
        inventory("n2", ["docker.io/library/nginx:1": image]), inventory("n1", ["docker.io/library/other:1": image]),
      ], withNodes: true
    ) { "docker.io/library/\($0)" }
    #expect(report.sets[0].fraction == 0.375)
    #expect(report.nodes?.map(\.name) == ["n1", "n2"])
    #expect(report.nodes?[1].pulling.first?.percent == 50)
  }

  @Test func countsANodesImages() {
    var failed = NodeImage(state: .failed)
    failed.reason = "DNS"
    var again = failed
    again.state = .pulling
    var inventory = inventory(
      "n", ["a": NodeImage(state: .present), "b": failed, "c": NodeImage(state: .removing), "e": again])
    inventory.spec.images?["c"] = nil
    inventory.spec.images?["d"] = PlannedImage()
    let report = NodeReport(inventory)
    #expect(report.desired == 4 && report.present == 1 && report.failed == 1 && report.pulling.count == 1)
    #expect(report.waiting == 1 && report.removing == 1)
    #expect(report.failures?.map(\.reason) == ["DNS"] && report.failures?.first?.count == 2)
  }

  @Test(arguments: [
    ("RuntimeReady", Condition.Status.yes, false), ("RuntimeReady", .no, true), ("RuntimeReady", .unknown, true),
    ("RuntimeAccess", .unknown, true), ("DiskPressure", .no, false), ("DiskPressure", .yes, true),
    ("PinsLimited", .yes, true),
  ])
  func namesTheConditionsThatLimitANode(type: String, status: Condition.Status, isNamed: Bool) {
    var inventory = inventory("n", [:])
    var known = inventory.status ?? NodeInventoryStatus()
    known.executor = .jobs
    known.conditions = [
      Condition(type: type, status: status, lastTransitionTime: Samples.start, reason: "Because", message: "")
    ]
    inventory.status = known
    let report = NodeReport(inventory)
    #expect(report.executor == .jobs && report.conditions == known.conditions)
    #expect(report.limits.map(\.type) == (isNamed ? [type] : []))
  }

  @Test func readinessIsOfWhatWasAskedFor() {
    let normalize: (String) -> String? = { $0 }
    func report(_ names: [String], _ conditions: [Condition]) -> StatusReport {
      StatusReport(
        sets: [set(conditions: conditions)], inventories: nil, names: names, withNodes: false, normalize: normalize)
    }
    #expect(report([], ready).isReady)
    #expect(report(["web"], ready).isReady)
    #expect(!report(["web", "gone"], ready).isReady)
    #expect(report(["web", "gone"], ready).missing == ["gone"])
    #expect(!report([], []).isReady)
    #expect(!StatusReport(sets: []).isReady)
  }

  @Test func theJSONFormIsStable() throws {
    let text = try JSONRenderer.text(StatusReport(sets: [SetReport(set(conditions: ready))]), indented: false)
    #expect(
      text == #"{"formatVersion":1,"sets":[{"fraction":0.25,"message":"AllPresent!","name":"web","#
        + #""pairs":{"desired":4,"failed":0,"present":1,"pulling":2,"removing":0,"waiting":1},"#
        + #""progress":"1/4","ready":true,"reason":"AllPresent","state":"Ready"}]}"#)
  }
}
