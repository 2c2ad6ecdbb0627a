/// The sum of the contributions of a demand's nodes, kept as differences.
struct DemandTally: Equatable, Sendable {
  struct Failing: Equatable, Sendable {
    var count = 0
    var nodes: [String: Contribution.Failure] = [:]
  }

  private(set) var pairs = PairTally()
  private(set) var nodes = NodeTally()
  private(set) var obstacles: [String: UnreachableNode.Reason] = [:]
  private(set) var absent: [ImageKey: Int] = [:]
  private(set) var absentWhereReachable: [ImageKey: Int] = [:]
  private(set) var failing: [String: Failing] = [:]
  private(set) var failingPairs: [String: [Contribution.Failing]] = [:]
  private(set) var conflicts: [PlatformConflict: Int] = [:]
  private(set) var tooLarge = 0
  private(set) var waitingWhereReachable = 0
  private(set) var transferredBytes: Int64 = 0
  private(set) var totalBytes: Int64 = 0

  mutating func add(_ part: Contribution, of node: String) {
    change(part, by: 1)
    obstacles[node] = part.obstacle
    failingPairs[node] = part.failing.isEmpty ? nil : part.failing
    for (reason, failure) in part.failures {
      failing[reason, default: Failing()].count += failure.count
      failing[reason, default: Failing()].nodes[node] = failure
    }
  }

  mutating func subtract(_ part: Contribution, of node: String) {
    change(part, by: -1)
    obstacles[node] = nil
    failingPairs[node] = nil
    for (reason, failure) in part.failures {
      failing[reason]?.count -= failure.count
      failing[reason]?.nodes[node] = nil
      if failing[reason]?.nodes.isEmpty == true { failing[reason] = nil }
    }
  }

  private mutating func change(_ part: Contribution, by sign: Int) {
    pairs.desired += sign * part.pairs.desired
    pairs.present += sign * part.pairs.present
    pairs.pulling += sign * part.pairs.pulling
    pairs.waiting += sign * part.pairs.waiting
    pairs.failed += sign * part.pairs.failed
    pairs.removing += sign * part.pairs.removing
    nodes.desired += sign
    if part.isReady { nodes.ready += sign }
    if part.obstacle != nil { nodes.unreachable += sign } else { waitingWhereReachable += sign * part.pairs.waiting }
    for key in part.absent {
      Self.count(&absent, key, sign)
      if part.obstacle == nil { Self.count(&absentWhereReachable, key, sign) }
    }
    for conflict in part.conflicts { Self.count(&conflicts, conflict, sign) }
    tooLarge += sign * part.tooLarge
    transferredBytes += Int64(sign) * part.transferredBytes
    totalBytes += Int64(sign) * part.totalBytes
  }

  private static func count<Key: Hashable>(_ counts: inout [Key: Int], _ key: Key, _ sign: Int) {
    let new = (counts[key] ?? 0) + sign
    counts[key] = new == 0 ? nil : new
  }
}

extension DemandTally {
  /// - Parameters:
  ///   - keys: the demand's images, each once.
  ///   - isPausedEverywhere: nothing is pulled or removed in the whole cluster.
  func status(
    of demand: Demand, keys: [ImageKey], budgetMissing: Bool, isPausedEverywhere: Bool
  ) -> DemandStatus {
    var status = DemandStatus()
    status.pairs = pairs
    status.nodes = nodes
    status.images.desired = keys.count
    status.images.ready = keys.count { absentWhereReachable[$0] == nil && nodes.desired > (absent[$0] ?? 0) }
    status.waitingWhereReachable = waitingWhereReachable
    status.failures = failureGroups()
    status.failing = firstFailing()
    status.unreachable = Self.smallest(obstacles.keys, DemandStatus.maxExamples).compactMap { name in
      obstacles[name].map { UnreachableNode(name: name, reason: $0) }
    }
    status.conflicts = Array(
      conflicts.keys.sorted { ($0.image, $0.winner, $0.platform ?? "") < ($1.image, $1.winner, $1.platform ?? "") }
        .prefix(DemandStatus.maxExamples))
    status.transferredBytes = transferredBytes
    status.totalBytes = totalBytes
    status.budgetMissing = budgetMissing
    status.isPausedEverywhere = isPausedEverywhere
    (status.verdict, status.reason) = verdict(demand.intent, paused: demand.paused || isPausedEverywhere)
    return status
  }

  private func failureGroups() -> [FailureGroup] {
    let groups = failing.compactMap { reason, group -> FailureGroup? in
      guard let node = group.nodes.keys.min(), let failure = group.nodes[node] else { return nil }
      return FailureGroup(
        reason: reason, count: group.count, image: failure.image, node: node, message: failure.message)
    }
    return Array(groups.sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }.prefix(DemandStatus.maxFailureGroups))
  }

  private func firstFailing() -> [FailingPair] {
    var pairs: [FailingPair] = []
    for node in Self.smallest(failingPairs.keys, DemandStatus.maxFailingPairs) {
      for failing in failingPairs[node] ?? [] where pairs.count < DemandStatus.maxFailingPairs {
        pairs.append(
          FailingPair(image: failing.image, node: node, reason: failing.reason, message: failing.message))
      }
    }
    return pairs
  }

  private func verdict(_ intent: Demand.Intent, paused: Bool) -> (DemandStatus.Verdict, DemandStatus.Reason) {
    if nodes.desired == 0 { return (.progressing, .noMatchingNodes) }
    if pairs.desired == 0 { return (.progressing, .noImages) }
    if intent != .present {
      if absentWhereReachable.isEmpty { return (.ready, .allGone) }
      return (.progressing, paused ? .paused : .removing)
    }
    if tooLarge > 0 { return (.degraded, .planTooLarge) }
    if !conflicts.isEmpty { return (.degraded, .platformConflict) }
    if pairs.present == pairs.desired { return (.ready, .allPresent) }
    if nodes.unreachable == nodes.desired { return (.degraded, .noReachableNodes) }
    if absentWhereReachable.isEmpty { return (.ready, .allPresent) }
    if paused { return (.progressing, .paused) }
    if pairs.failed > 0 { return (.degraded, .pullsFailing) }
    return (.progressing, pairs.pulling > 0 ? .pulling : .waiting)
  }

  /// The first few in order, without sorting all.
  private static func smallest(_ names: some Sequence<String>, _ count: Int) -> [String] {
    var first: [String] = []
    for name in names where first.count < count || name < first[first.count - 1] {
      first.insert(name, at: first.firstIndex { name < $0 } ?? first.count)
      if first.count > count { first.removeLast() }
    }
    return first
  }
}
