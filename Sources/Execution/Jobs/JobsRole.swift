/// What Jobs do on a node.
package enum JobsRole: Sendable, Hashable {
  /// All that there is to do: the node has no agent. The results go into the status.
  case instead
  /// Pulls that the node's agent leaves to them. The results go into the spec, since the status is the agent's.
  case beside
}
