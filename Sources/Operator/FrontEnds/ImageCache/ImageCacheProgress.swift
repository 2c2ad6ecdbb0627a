package import KubernetesClient
package import Planning
package import SwiftletAPI

/// How far an ImageCache's demands are, taken together.
package struct ImageCacheProgress: Sendable {
  package let statuses: [DemandStatus]
  package let pairs: PairTally
  package let nodes: NodeTally
  package let images: ImageTally
  package let failing: [FailingPair]

  private let since: Timestamp?

  package init(_ cache: ImageCache, _ progress: ObjectProgress) {
    let statuses = progress.statuses.sorted { $0.key < $1.key }.map(\.value)
    var pairs = PairTally()
    var images = ImageTally()
    for status in statuses {
      pairs.add(status.pairs)
      images.desired += status.images.desired
      images.ready += status.images.ready
    }
    self.statuses = statuses
    self.pairs = pairs
    nodes = progress.nodes
    self.images = images
    failing = Array(statuses.flatMap(\.failing).prefix(ImageCacheStatus.maxFailures))
    let purge = cache.status?.request.flatMap { $0.kind == .purge ? $0.at : nil }
    since = cache.metadata.deletionTimestamp ?? purge
  }

  package enum Outcome: Sendable, Hashable {
    /// There is nothing to do, or nowhere to do it.
    case nothing
    case complete
    /// What isn't there has failed at least once; it is tried again.
    case failing
    /// A removal has taken too long.
    case overdue
  }

  /// What has become of it; nil while it is being worked on.
  package func outcome(now: Timestamp) -> Outcome? {
    guard !statuses.isEmpty else { return nil }
    if pairs.desired == 0 { return .nothing }
    if statuses.allSatisfy(\.isDone) { return statuses.contains(where: \.hasFailed) ? .failing : .complete }
    if let since, now - since >= ImageCacheRules.removalDeadline { return .overdue }
    return nil
  }

  package func hasEnded(now: Timestamp) -> Bool { outcome(now: now) != nil }
}

extension PairTally {
  mutating func add(_ other: PairTally) {
    desired += other.desired
    present += other.present
    pulling += other.pulling
    waiting += other.waiting
    failed += other.failed
    removing += other.removing
  }
}

extension DemandStatus {
  /// Whether nothing more will happen but new attempts at what failed.
  fileprivate var isDone: Bool {
    switch reason {
    case .allPresent, .allGone, .noImages, .noMatchingNodes: true
    case .pullsFailing, .platformConflict, .planTooLarge: pairs.pulling == 0 && waitingWhereReachable == 0
    case .pulling, .waiting, .removing, .paused, .noReachableNodes: false
    }
  }

  fileprivate var hasFailed: Bool { verdict == .degraded }
}
