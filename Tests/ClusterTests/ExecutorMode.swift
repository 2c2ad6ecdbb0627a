import TestSupport

/// Who pulls in the cluster, as its administrator has it.
enum ExecutorMode: String, CaseIterable, Sendable {
  /// Agents, and no Jobs.
  case standard
  /// Agents, and Jobs for what they leave to them.
  case both
  /// No agents.
  case jobs

  fileprivate var flag: String {
    switch self {
    case .standard: ""
    case .both: "Auto"
    case .jobs: "Jobs"
    }
  }

  fileprivate var hasAgents: Bool { self != .jobs }
}

extension Cluster {
  private static let variable = "SWIFTLET_EXECUTOR"
  private static let label = "swiftlet.test/none"

  /// Nil where something else was set up, or left in the middle.
  func executorMode() async throws -> ExecutorMode? {
    let flag = try await kubectl(
      "-n", "swiftlet-system", "get", "deployment", "swiftlet-controller", "-o",
      "jsonpath={.spec.template.spec.containers[0].env[?(@.name==\"\(Self.variable)\")].value}")
    let selector = try await kubectl(
      "-n", "swiftlet-system", "get", "daemonset", "swiftlet-agent", "-o",
      "jsonpath={.spec.template.spec.nodeSelector}")
    let hasAgents = !selector.contains(Self.label)
    return ExecutorMode.allCases.first { $0.flag == flag && $0.hasAgents == hasAgents }
  }

  /// Sets it up, and waits until it is so.
  func use(_ mode: ExecutorMode) async throws {
    let value = mode.hasAgents ? "null" : "\"x\""
    try await kubectl(
      "-n", "swiftlet-system", "patch", "daemonset", "swiftlet-agent", "--type=merge", "-p",
      #"{"spec":{"template":{"spec":{"nodeSelector":{"\#(Self.label)":\#(value)}}}}}"#)
    let setting = mode.flag.isEmpty ? "\(Self.variable)-" : "\(Self.variable)=\(mode.flag)"
    try await kubectl("-n", "swiftlet-system", "set", "env", "deployment/swiftlet-controller", setting)
    try await kubectl(
      "-n", "swiftlet-system", "rollout", "status", "deployment/swiftlet-controller", "--timeout=60s")
    try await kubectl("-n", "swiftlet-system", "rollout", "status", "daemonset/swiftlet-agent", "--timeout=60s")
    guard !mode.hasAgents else { return }
    // An old kubelet sometimes takes more than a minute to let a pod go that has long ended.
    do {
      try await agentsAreGone(within: .seconds(15))
    } catch is DeadlineExceeded {
      try await kubectl("-n", "swiftlet-system", "delete", "pods", "-l", Self.agents, "--force", "--grace-period=0")
      try await agentsAreGone(within: .seconds(30))
    }
  }

  private static let agents = "app.kubernetes.io/component=agent"

  private func agentsAreGone(within deadline: Duration) async throws {
    try await eventually("no agent is there", within: deadline, every: .milliseconds(300)) {
      let pods = try await kubectl("-n", "swiftlet-system", "get", "pods", "-l", Self.agents, "-o", "name")
      return pods.isEmpty ? true : nil
    }
  }
}
