/// How far one demand is. Bounded in size whatever the number of nodes.
package struct DemandStatus: Hashable, Sendable {
  /// How many nodes, images or conflicts are named at most in each list.
  package static let maxExamples = 5
  /// How many groups of failures are listed at most.
  package static let maxFailureGroups = 10
  /// How many pairs are named at most in `failing`.
  package static let maxFailingPairs = 100

  /// The reason of an image that stays although it was to go, because another demand wants it.
  package static let wantedReason = "WantedByOthers"

  package var pairs = PairTally()
  /// Of the waiting pairs those on nodes that can be worked on.
  package var waitingWhereReachable = 0
  package var nodes = NodeTally()
  package var images = ImageTally()
  /// The most frequent reason first, ties by reason. At most `maxFailureGroups`.
  package var failures: [FailureGroup] = []
  /// Pairs that fail, or that stay although they were to go: the first few by node. At most `maxFailingPairs`.
  package var failing: [FailingPair] = []
  /// Nodes that are selected and can't be worked on now: the first few by name.
  package var unreachable: [UnreachableNode] = []
  /// Images for which another demand's platform won: the first few by image.
  package var conflicts: [PlatformConflict] = []
  /// Bytes fetched so far by the pulls that run now, and their sum where known.
  package var transferredBytes: Int64 = 0
  package var totalBytes: Int64 = 0
  /// The demand names a budget that doesn't exist, so `default` pays.
  package var budgetMissing = false
  /// Nothing is pulled or removed in the whole cluster.
  package var isPausedEverywhere = false
  package var verdict: Verdict = .progressing
  package var reason: Reason = .waiting

  package init() {}

  package enum Verdict: Hashable, Sendable {
    /// Every image is on every node that can be worked on.
    case ready
    /// On the way there, or waiting for something that isn't a fault.
    case progressing
    /// Something fails, and a person may have to act.
    case degraded
  }

  package enum Reason: String, Hashable, Sendable, CaseIterable {
    case allPresent = "AllPresent"
    case allGone = "AllGone"
    case pulling = "Pulling"
    case removing = "Removing"
    case waiting = "Waiting"
    case paused = "Paused"
    /// No node matches. Not ready: "yes" for images that are nowhere would mislead whoever waits for them, and a
    /// selector with a slip of the pen is the most frequent cause.
    case noMatchingNodes = "NoMatchingNodes"
    case noImages = "NoImages"
    /// Nodes match, and none that lacks something can be worked on.
    case noReachableNodes = "NoReachableNodes"
    case pullsFailing = "PullsFailing"
    case platformConflict = "PlatformConflict"
    case planTooLarge = "PlanTooLarge"
  }
}
