import KubernetesClient
import Operator
import Testing

struct AgentPodsTests {
  private func pod(ready: Bool, started: Bool?, restarts: Int?, deleting: Bool = false) -> Pod {
    let condition = StatusCondition(type: "Ready", status: ready ? .yes : .no)
    let container = ContainerStatus(name: "agent", started: started, restartCount: restarts)
    return Pod(
      metadata: ObjectMeta(name: "agent-1", deletionTimestamp: deleting ? Samples.start : nil),
      spec: PodSpec(nodeName: "n1"), status: PodStatus(conditions: [condition], containerStatuses: [container]))
  }

  @Test(
    arguments: [
      (true, true, 3, false, true),
      (true, true, 0, true, false),
      // Started for the first time: the readiness probe hasn't run yet.
      (false, true, 0, false, true),
      (false, false, 0, false, false),
      (false, nil, nil, false, false),
      // It has crashed before.
      (false, true, 1, false, false),
    ] as [(Bool, Bool?, Int?, Bool, Bool)])
  func whenAnAgentIsUp(ready: Bool, started: Bool?, restarts: Int?, deleting: Bool, isUp: Bool) {
    let pod = pod(ready: ready, started: started, restarts: restarts, deleting: deleting)
    #expect(AgentPods.isUp(pod) == isUp)
    #expect(AgentPods.isUp(AgentPods.trimmed(pod)) == isUp)
  }

  @Test func aPodWithoutContainersYetIsNotUp() {
    #expect(!AgentPods.isUp(Pod(metadata: ObjectMeta(name: "agent-1"), status: PodStatus(phase: "Pending"))))
  }
}
