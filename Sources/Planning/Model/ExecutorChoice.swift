/// Who is to pull and remove images on the nodes.
package enum ExecutorChoice: String, Hashable, Sendable, CaseIterable {
  /// The node's agent where it has one, Kubernetes Jobs otherwise.
  case auto = "Auto"
  /// Only agents.
  case agent = "Agent"
  /// Only Kubernetes Jobs.
  case jobs = "Jobs"

  /// What holds for an image that several demands want: Jobs where one of them asks for Jobs, an agent only where all
  /// of them do.
  package static func merged(_ left: ExecutorChoice, _ right: ExecutorChoice) -> ExecutorChoice {
    if left == .jobs || right == .jobs { return .jobs }
    return left == right ? left : .auto
  }
}
