import Commands
import KubernetesClient
import SwiftletAPI

enum Samples {
  static let start = Timestamp(microseconds: 1_767_225_600_000_000)

  /// Four sets in different states, and three nodes.
  static var report: StatusReport {
    var web = set("web", .ready, age: 600, reason: "AllPresent", progress: "30/30", nodes: .init(desired: 3, ready: 3))
    web.message = "30 of 30 images present on 3 nodes"
    web.ready = true
    web.fraction = 1
    var models = set(
      "ml-models", .progressing, age: 120, reason: "Pulling", progress: "10/20",
      nodes: .init(desired: 2, ready: 1, unreachable: 1))
    models.message = "8 pulling, 2 waiting"
    models.fraction = 0.6
    models.pairs = pairs(present: 10, pulling: 8, waiting: 2)
    var broken = set(
      "broken", .degraded, age: 300, reason: "PullsFailing", progress: "27/90", nodes: .init(desired: 3, ready: 0))
    broken.message = "2 failing: NotFound x2"
    broken.fraction = 0.3
    broken.pairs = pairs(present: 27, pulling: 2, waiting: 59, failed: 2)
    broken.failures = [failure(count: 2)]
    var new = SetReport(name: "new", state: .pending, ready: false)
    new.message = "the controller hasn't seen the newest change yet"
    new.createdAt = start + .seconds(570)
    return StatusReport(sets: [broken, models, new, web], nodes: nodes)
  }

  private static var nodes: [NodeReport] {
    var first = NodeReport(name: "n1")
    first.desired = 40
    first.present = 28
    first.failed = 1
    first.waiting = 9
    first.pulling = [
      .init(image: "docker.io/library/nginx:1", transferredBytes: 45, totalBytes: 100),
      .init(image: "docker.io/library/redis:7", transferredBytes: 12, totalBytes: 100),
    ]
    first.runtime = runtime("containerd", "1.7.1", features: ["events", "pins", "progress"])
    first.failures = [failure(count: 1)]
    var second = NodeReport(name: "n2")
    second.desired = 40
    second.present = 40
    second.runtime = runtime("cri-o", "1.30", features: nil)
    var third = NodeReport(name: "n3")
    third.desired = 40
    third.waiting = 40
    var fourth = NodeReport(name: "n4")
    fourth.desired = 1
    fourth.waiting = 1
    fourth.executor = .jobs
    fourth.conditions = [
      Condition(
        type: "RuntimeAccess", status: .unknown, lastTransitionTime: start, reason: "Unschedulable",
        message: "0/4 nodes are available")
    ]
    return [first, second, third, fourth]
  }

  static func failure(count: Int) -> FailureSummary {
    FailureSummary(
      reason: "NotFound", count: count, image: "docker.io/library/nope:1", node: "n1", message: "manifest unknown")
  }

  private static func runtime(_ name: String, _ version: String, features: [String]?) -> RuntimeStatus {
    var runtime = RuntimeStatus()
    runtime.name = name
    runtime.version = version
    runtime.features = features
    return runtime
  }

  private static func set(
    _ name: String, _ state: SetReport.State, age: Int64, reason: String, progress: String, nodes: ReadyCounts
  ) -> SetReport {
    var set = SetReport(name: name, state: state, ready: false)
    set.reason = reason
    set.progress = progress
    set.nodes = nodes
    set.createdAt = start + .seconds(600 - age)
    return set
  }

  static func pairs(present: Int = 0, pulling: Int = 0, waiting: Int = 0, failed: Int = 0) -> PairCounts {
    var pairs = PairCounts()
    pairs.desired = present + pulling + waiting + failed
    pairs.present = present
    pairs.pulling = pulling
    pairs.waiting = waiting
    pairs.failed = failed
    return pairs
  }
}
