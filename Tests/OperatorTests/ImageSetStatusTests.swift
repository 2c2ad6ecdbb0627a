import KubernetesClient
import KubernetesRuntime
import Operator
import Planning
import SwiftletAPI
import Testing

struct ImageSetStatusTests {
  private let now = Samples.start + .seconds(60)

  private func demand(
    present: Int = 0, pulling: Int = 0, waiting: Int = 0, failed: Int = 0, nodes: Int = 3, ready: Int = 0,
    verdict: DemandStatus.Verdict, reason: DemandStatus.Reason, change: (inout DemandStatus) -> Void = { _ in }
  ) -> DemandStatus {
    var status = DemandStatus()
    status.pairs.desired = present + pulling + waiting + failed
    status.pairs.present = present
    status.pairs.pulling = pulling
    status.pairs.waiting = waiting
    status.pairs.failed = failed
    status.nodes.desired = nodes
    status.nodes.ready = ready
    status.verdict = verdict
    status.reason = reason
    change(&status)
    return status
  }

  private func compose(_ status: DemandStatus, on set: ImageSet = Samples.set()) -> ImageSetStatus {
    ImageSetStatusComposer(set: set, demand: status).status(now: now)
  }

  private func text(_ status: ImageSetStatus, _ type: String) -> String {
    let condition = status.conditions?.condition(type)
    return "\(condition?.status.rawValue ?? "-") \(condition?.reason ?? "-"): \(condition?.message ?? "-")"
  }

  @Test func saysThatAllIsThere() {
    let status = compose(demand(present: 90, ready: 3, verdict: .ready, reason: .allPresent))
    #expect(text(status, "Ready") == "True AllPresent: 90 of 90 images present on 3 nodes")
    #expect(text(status, "Progressing") == "False AllPresent: ")
    #expect(text(status, "Degraded") == "False AsExpected: ")
    #expect(status.progress == "90/90")
    #expect(status.failures == nil)
    #expect(status.observedGeneration == 1)
    #expect(status.conditions?.map(\.observedGeneration) == [1, 1, 1])
  }

  @Test func saysWhatFails() {
    let status = compose(
      demand(present: 27, pulling: 2, waiting: 59, failed: 2, verdict: .degraded, reason: .pullsFailing) {
        $0.failures = [
          FailureGroup(
            reason: "NotFound", count: 2, image: ImageKey(normalized: "docker.io/library/nope:1"), node: "n1",
            message: "manifest unknown")
        ]
      })
    let failing = "2 failing: NotFound x2, e.g. docker.io/library/nope:1 on n1: manifest unknown"
    #expect(text(status, "Ready") == "False PullsFailing: 27 of 90 images present on 3 nodes; \(failing)")
    #expect(
      text(status, "Progressing")
        == "True Pulling: 2 pulling, 59 waiting; failed pulls are tried again by themselves")
    #expect(text(status, "Degraded") == "True PullsFailing: \(failing)")
    #expect(
      status.failures == [
        FailureSummary(
          reason: "NotFound", count: 2, image: "docker.io/library/nope:1", node: "n1", message: "manifest unknown")
      ])
  }

  @Test func namesInvalidImagesWhileTheRestWorks() {
    let set = Samples.set(images: ["nginx", "Bad Image"])
    let status = compose(demand(present: 3, ready: 3, verdict: .ready, reason: .allPresent), on: set)
    #expect(text(status, "Ready").hasPrefix("False InvalidSpec: 3 of 3 images present on 3 nodes; left out of this: "))
    #expect(text(status, "Degraded").hasPrefix("True InvalidSpec: spec.images[1].image: "))
  }

  @Test func namesNodesThatCannotBeWorkedOn() {
    let status = compose(
      demand(present: 60, waiting: 30, ready: 2, verdict: .ready, reason: .allPresent) {
        $0.nodes.unreachable = 1
        $0.unreachable = [UnreachableNode(name: "n3", reason: .cordoned)]
      })
    #expect(
      text(status, "Ready")
        == "True AllPresent: 60 of 90 images present on 3 nodes; 1 node can't be worked on now: n3 (Cordoned)")
    #expect(status.nodes == ReadyCounts(desired: 3, ready: 2, unreachable: 1))
  }

  @Test(arguments: [
    (DemandStatus.Reason.noMatchingNodes, "no node has the labels that spec.nodes.selector asks for"),
    (.noImages, "the set names no image that can be used"),
  ])
  func saysWhyNothingHappens(reason: DemandStatus.Reason, words: String) {
    let status = compose(demand(nodes: 0, verdict: .progressing, reason: reason))
    #expect(text(status, "Ready") == "False \(reason.rawValue): \(words)")
    #expect(text(status, "Progressing") == "False \(reason.rawValue): ")
    #expect(text(status, "Degraded") == "False AsExpected: ")
  }

  @Test func saysThatABudgetIsMissing() {
    let set = Samples.set { $0.budget = "slow" }
    let status = compose(
      demand(present: 3, ready: 3, verdict: .ready, reason: .allPresent) { $0.budgetMissing = true }, on: set)
    #expect(text(status, "Ready").hasSuffix("there is no valid PullBudget \"slow\", so the budget default holds"))
  }

  @Test(arguments: DemandStatus.Reason.allCases)
  func everyReasonGivesThreeConditions(reason: DemandStatus.Reason) {
    let status = compose(demand(waiting: 3, verdict: .progressing, reason: reason))
    #expect(status.conditions?.map(\.type) == ["Ready", "Progressing", "Degraded"])
    #expect(status.conditions?.allSatisfy { !$0.reason.isEmpty } == true)
  }

  @Test func nothingChangesWithTimeAlone() {
    var set = Samples.set()
    let progress = demand(present: 1, waiting: 2, verdict: .progressing, reason: .waiting)
    set = ImageSetFrontEnd().reporting(Samples.progress([Samples.id(set): progress]), on: set, now: now)
    let later = ImageSetFrontEnd().reporting(
      Samples.progress([Samples.id(set): progress]), on: set, now: now + .seconds(3600))
    #expect(later == set)
  }

  @Test func transitionTimesMoveWithTheStatusOnly() {
    var set = Samples.set()
    let first = demand(present: 1, waiting: 2, verdict: .progressing, reason: .waiting)
    set = ImageSetFrontEnd().reporting(Samples.progress([Samples.id(set): first]), on: set, now: now)
    let second = demand(present: 3, ready: 3, verdict: .ready, reason: .allPresent)
    let later = now + .seconds(10)
    set = ImageSetFrontEnd().reporting(Samples.progress([Samples.id(set): second]), on: set, now: later)
    #expect(set.status?.conditions?.condition("Ready")?.lastTransitionTime == later)
    #expect(set.status?.conditions?.condition("Degraded")?.lastTransitionTime == now)
  }

  @Test func conditionsOfOthersStay() {
    var set = Samples.set()
    let other = Condition(
      type: "example.com/Audited", status: .yes, lastTransitionTime: now, reason: "Audited", message: "")
    set.status = ImageSetStatus()
    set.status?.conditions = [other]
    let status = compose(demand(present: 3, verdict: .ready, reason: .allPresent), on: set)
    #expect(status.conditions?.condition("example.com/Audited") == other)
  }

  @Test func messagesAreBounded() {
    let set = Samples.set(images: (0..<200).map { "Bad Image \($0)" })
    let status = compose(
      demand(failed: 9, verdict: .degraded, reason: .pullsFailing) {
        $0.failures = (0..<10).map {
          FailureGroup(
            reason: "R\($0)", count: 1, image: ImageKey(normalized: String(repeating: "x", count: 500)), node: "n",
            message: String(repeating: "y", count: 256))
        }
      }, on: set)
    #expect(status.conditions?.allSatisfy { $0.message.unicodeScalars.count <= 1024 } == true)
    #expect(status.failures?.count == 10)
  }
}
