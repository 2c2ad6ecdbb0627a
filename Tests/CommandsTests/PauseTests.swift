import Commands
import KubernetesClient
import SwiftletAPI
import Testing

struct PauseTests {
  private func inventory(
    _ name: String, paused: Bool?, generation: Int64 = 3, observed: Int64? = 3, state: NodeImage.State = .present
  ) -> NodeInventory {
    var spec = NodeInventorySpec(nodeUID: name)
    spec.paused = paused
    var status = NodeInventoryStatus()
    status.observedGeneration = observed
    status.images = ["docker.io/library/nginx:1": NodeImage(state: state)]
    return NodeInventory(metadata: ObjectMeta(name: name, generation: generation), spec: spec, status: status)
  }

  @Test func aNodeStandsStillOnceItsAgentSaysSo() {
    let inventories = [
      inventory("e", paused: true, state: .removing), inventory("d", paused: true, state: .pulling),
      inventory("c", paused: true, observed: 2), inventory("b", paused: nil), inventory("a", paused: true),
    ]
    let report = PauseReport(isPaused: true, inventories: inventories, nodes: nil)
    #expect(report.done == ["a"])
    #expect(report.waiting == ["b", "c", "d", "e"])
    #expect(!report.isComplete)
    #expect(report.words("stand still") == "1 of 5 nodes stand still; waiting for b, c, d, e")
  }

  @Test func aNodeThatCantBeReachedIsntWaitedFor() {
    let inventories = [inventory("a", paused: true), inventory("b", paused: nil), inventory("c", paused: nil)]
    let report = PauseReport(isPaused: true, inventories: inventories, nodes: ["a": true, "b": false])
    #expect(report.isComplete)
    #expect(report.words("stand still") == "1 of 3 nodes stand still; 2 can't be reached: b, c")
  }

  @Test func goingOnNeedsNoPull() {
    let inventories = [inventory("a", paused: nil, state: .pulling), inventory("b", paused: true)]
    let report = PauseReport(isPaused: false, inventories: inventories, nodes: nil)
    #expect(report.done == ["a"])
    #expect(report.waiting == ["b"])
  }

  @Test func statusSaysFirstThatAllStandsStill() {
    var report = Samples.report
    report.pause = ClusterPause(reason: "an outage", by: "me", since: Samples.start)
    let lines = TextRenderer(style: Style()).lines(report, now: Samples.start + .seconds(180))
    #expect(lines.first == "PAUSED for 3m by me: an outage")
    let picture = ProgressRenderer(style: Style()).lines(report, now: Samples.start + .seconds(180))
    #expect(picture.first == "PAUSED for 3m by me: an outage")
    var log = ChangeLog()
    #expect(log.lines(report, now: Samples.start).first?.hasSuffix("everything is paused by me: an outage") == true)
    report.pause = nil
    #expect(log.lines(report, now: Samples.start).first?.hasSuffix("everything goes on") == true)
  }

  @Test func nodesTellWhereThePauseMayNotBeRead() {
    let report = StatusReport(sets: [], inventories: [inventory("a", paused: true)], withNodes: false) { $0 }
    #expect(report.pause == ClusterPause())
  }

  @Test func theClustersPauseShowsAtASet() {
    var set = ImageSet(
      metadata: ObjectMeta(name: "web", generation: 1), spec: ImageSetSpec(images: [.init(image: "nginx")]),
      status: ImageSetStatus())
    set.status?.observedGeneration = 1
    func condition(_ type: String, _ status: Condition.Status, _ reason: String) -> Condition {
      Condition(type: type, status: status, lastTransitionTime: Samples.start, reason: reason, message: "")
    }
    set.status?.conditions = [condition("Ready", .no, "Paused"), condition("Progressing", .no, "Paused")]
    #expect(SetReport(set).state == .paused)
    #expect(SetReport(set).reason == "Paused")
  }
}
