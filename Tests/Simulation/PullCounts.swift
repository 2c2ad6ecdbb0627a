/// How many pulls a simulated runtime has seen.
package struct PullCounts: Sendable, Hashable {
  package var started = 0
  package var succeeded = 0
  package var failed = 0
  package var cancelled = 0
  package var running = 0
  /// The most that ran at the same time.
  package var mostAtOnce = 0
  /// Every pull that was started, in order, by normalised reference.
  package var references: [String] = []
}
