import Planning
import Testing

@Suite struct SelectionTests {
  @Test(
    arguments: [
      (.isIn(key: "zone", values: ["x", "y"]), true), (.isIn(key: "zone", values: ["z"]), false),
      (.isIn(key: "none", values: ["x"]), false), (.notIn(key: "zone", values: ["x"]), false),
      (.notIn(key: "none", values: ["x"]), true), (.exists(key: "zone"), true), (.exists(key: "none"), false),
      (.doesNotExist(key: "zone"), false), (.doesNotExist(key: "none"), true),
      (.greaterThan(key: "size", value: 9), true), (.greaterThan(key: "size", value: 10), false),
      (.lessThan(key: "size", value: 11), true), (.lessThan(key: "zone", value: 11), false), (.never, false),
    ] as [(NodeSelector.Expression, Bool)])
  func expressions(_ expression: NodeSelector.Expression, _ matches: Bool) {
    let labels = ["zone": "x", "size": "10"]
    #expect(NodeSelector(expressions: [expression]).matches(labels) == matches)
    #expect(!NodeSelector(labels: ["zone": "y"], expressions: [expression]).matches(labels))
  }

  @Test(arguments: [
    (TaintToleration(), true), (TaintToleration(key: "k"), true), (TaintToleration(key: "other"), false),
    (TaintToleration(key: "k", match: .equal("v")), true), (TaintToleration(key: "k", match: .equal("w")), false),
    (TaintToleration(key: "k", effect: .noExecute), false), (TaintToleration(key: "k", effect: .noSchedule), true),
    (TaintToleration(match: .equal("v")), false),
  ])
  func tolerations(_ toleration: TaintToleration, _ tolerates: Bool) {
    #expect(toleration.tolerates(NodeTaint(key: "k", value: "v", effect: .noSchedule)) == tolerates)
  }

  private func status(
    _ facts: NodeFacts, runtimeReady: Bool? = true, _ change: (inout Demand) -> Void = { _ in }
  ) -> DemandStatus? {
    var bench = Bench(nodes: [])
    bench.planner.upsert(facts)
    bench.planner.upsert(Bench.demand("d", [Bench.a], change))
    bench.begin()
    bench.settle { _, inventory in inventory.runtimeReady = runtimeReady }
    return bench.planner.status(Bench.demand().id)
  }

  @Test(arguments: [("linux", 1), (nil, 1), ("windows", 0)] as [(String?, Int)])
  func onlyLinuxNodes(os: String?, count: Int) {
    #expect(status(NodeFacts(name: "n", uid: "u", os: os))?.nodes.desired == count)
  }

  @Test func obstacles() {
    let node = NodeFacts(name: "n", uid: "u")
    func reason(_ change: (inout NodeFacts) -> Void) -> UnreachableNode.Reason? {
      var facts = node
      change(&facts)
      return status(facts)?.unreachable.first?.reason
    }
    #expect(reason { _ in } == nil)
    #expect(reason { $0.unschedulable = true } == .cordoned)
    #expect(reason { $0.deleting = true } == .deleting)
    #expect(reason { $0.ready = false } == .notReady)
    #expect(reason { $0.hasAgent = false } == .noAgent)
    #expect(reason { $0.diskPressure = true } == .diskPressure)
    #expect(reason { $0.taints = [NodeTaint(key: "gpu", effect: .noSchedule)] } == nil)
    #expect(status(node, runtimeReady: false)?.unreachable.first?.reason == .runtimeNotReady)
  }

  @Test(arguments: [
    (ExecutorChoice.auto, true, false, UnreachableNode.Reason?.none), (.auto, false, true, nil),
    (.auto, false, false, .noAgent), (.agent, true, false, nil), (.agent, false, true, .noAgent),
    (.jobs, false, true, nil), (.jobs, true, false, .noJobs), (.jobs, false, false, .noJobs),
    (.jobs, true, true, nil), (.auto, true, true, nil), (.agent, true, true, nil),
  ])
  func aNodeNeedsAWayToPull(
    executor: ExecutorChoice, hasAgent: Bool, hasJobs: Bool, expected: UnreachableNode.Reason?
  ) {
    let facts = NodeFacts(name: "n", uid: "u", hasAgent: hasAgent, hasJobs: hasJobs)
    #expect(status(facts) { $0.executor = executor }?.unreachable.first?.reason == expected)
  }

  /// A pod doesn't start there, whatever the agent could do.
  @Test func nodesThatArentReadyGetNoJobs() {
    let node = NodeFacts(name: "n", uid: "u", ready: false, hasJobs: true)
    let tolerations = [TaintToleration(key: NodeTaint.notReadyKey)]
    #expect(status(node) { $0.tolerations = tolerations }?.nodes.unreachable == 0)
    let jobs = status(node) {
      $0.tolerations = tolerations
      $0.executor = .jobs
    }
    #expect(jobs?.unreachable.first?.reason == .notReady)
  }

  @Test func notReadyNodesOfADemandThatToleratesThem() {
    let taint = NodeTaint(key: NodeTaint.unreachableKey, effect: .noExecute)
    let node = NodeFacts(name: "n", uid: "u", ready: false)
    var tainted = node
    tainted.taints = [taint]
    #expect(status(node) { $0.tolerations = [TaintToleration(key: NodeTaint.notReadyKey)] }?.nodes.unreachable == 0)
    #expect(status(tainted) { $0.tolerations = [TaintToleration(key: NodeTaint.notReadyKey)] }?.nodes.unreachable == 1)
    #expect(status(tainted) { $0.tolerations = [TaintToleration(key: taint.key)] }?.nodes.unreachable == 0)
  }

  @Test func whereTaintsAreRespected() {
    var gpu = NodeFacts(name: "n", uid: "u", taints: [NodeTaint(key: "gpu", effect: .noSchedule)])
    #expect(status(gpu) { $0.taintRule = .respect }?.nodes.desired == 0)
    #expect(
      status(gpu) {
        $0.taintRule = .respect
        $0.tolerations = [TaintToleration(key: "gpu")]
      }?.nodes.unreachable == 0)
    gpu.taints = [NodeTaint(key: "node.kubernetes.io/disk-pressure", effect: .noSchedule)]
    #expect(status(gpu) { $0.taintRule = .respect }?.unreachable.first?.reason == .tainted)
    gpu.taints = [NodeTaint(key: "gpu", effect: .preferNoSchedule)]
    #expect(status(gpu) { $0.taintRule = .respect }?.nodes.unreachable == 0)
  }
}
