/// What follows for one node from what is wanted and what was observed, whatever time it is.
struct NodeEvaluation: Sendable {
  /// A pull that is wanted and may run as far as the node is concerned.
  struct Work: Sendable {
    let registry: String
    let priority: Int32
    /// The end of the back-off after a failure.
    let notBefore: Instant?
    let isPulling: Bool
    /// Jobs pull it beside the node's agent.
    let isForJobs: Bool

    func isDue(_ now: Instant) -> Bool { isPulling || (notBefore ?? .distantPast) <= now }
  }

  struct BudgetWork: Sendable {
    var items: [Work] = []
    /// Change when anything about the items for the agent, or for Jobs, does.
    private var fingerprints = [0, 0]

    mutating func add(_ item: Work, hash: Int) {
      items.append(item)
      fingerprints[item.isForJobs ? 1 : 0] ^= hash
    }

    func fingerprint(forJobs: Bool) -> Int { fingerprints[forJobs ? 1 : 0] }
  }

  var contributions: [DemandID: Contribution] = [:]
  var work: [String: BudgetWork] = [:]
  /// Images whose copies are to be pulled again.
  var refreshing: Set<ImageKey> = []
  /// Images whose copies are due while it isn't known what their tags stand for.
  var unresolved: [ImageKey: RefreshBook.Due] = [:]
  /// Images that may go, with the end of the back-off after an attempt.
  var removable: [ImageKey: Instant?] = [:]
  /// The agent has answered to the newest spec, for the Node that is there now: what it says can be acted on.
  var answered = false
}

extension NodeEvaluation {
  /// - Parameters:
  ///   - state: with the facts, what was observed, and what was found out about images that are to go.
  ///   - removing: whether anything may be removed at all.
  init(
    facts: NodeFacts, state node: NodeState, merged: MergedPlan, demands: [DemandState], refreshes: RefreshBook,
    removing: Bool, now: Instant
  ) {
    let trusted = node.trustedObservation
    answered = node.hasAnswered
    let platform = facts.architecture.map { "\(facts.os ?? "linux")/\($0)" }
    var workable: Set<DemandID> = []
    for state in demands {
      let demand = state.demand
      var part = Contribution()
      guard demand.intent == .present else {
        part.obstacle = Selection.removalObstacle(
          facts, runtimeReady: trusted?.runtimeReady, canRemove: trusted?.canRemove ?? true)
        for wanted in state.images {
          Self.countUnwanted(wanted.key, merged, trusted?.images[wanted.key], node, &part)
        }
        contributions[demand.id] = part
        continue
      }
      part.obstacle = Selection.obstacle(demand, facts, runtimeReady: trusted?.runtimeReady)
      if part.obstacle == nil, !demand.paused { workable.insert(demand.id) }
      for wanted in state.images {
        let seen = trusted?.images[wanted.key]
        let isConfirmed = wanted.readyAfter.flatMap {
          refreshes.isConfirmed(wanted.key, digest: seen?.digest, since: $0, now: now)
        }
        Self.count(wanted, of: demand.id, merged, seen, isConfirmed: isConfirmed ?? false, platform, &part)
      }
      contributions[demand.id] = part
    }
    if !workable.isEmpty {
      findWork(merged, trusted, workable, refreshes, node: facts, told: node.knownSpec?.images ?? [:], now: now)
    }
    let canWork = facts.ready && !facts.deleting && (facts.hasAgent || facts.hasJobs)
    if removing, canWork, let trusted, trusted.runtimeReady != false, trusted.canRemove {
      findRemovable(merged, trusted)
    }
  }

  private static func count(
    _ wanted: DemandedImage, of demand: DemandID, _ merged: MergedPlan, _ seen: ObservedImage?,
    isConfirmed: Bool, _ platform: String?, _ part: inout Contribution
  ) {
    let key = wanted.key
    part.pairs.desired += 1
    if merged.overflow.contains(key) {
      part.tooLarge += 1
      part.absent.append(key)
      return part.fail(
        DemandStatus.Reason.planTooLarge.rawValue, key, "more than \(MergedPlan.maxImages) images for one node")
    }
    if let image = merged.images[key], image.disagrees, let winner = image.owners.first, winner.demand != demand,
      !samePlatform(winner.platform ?? platform, wanted.platform ?? platform)
    {
      part.conflicts.append(PlatformConflict(image: key, winner: winner.demand, platform: winner.platform))
      part.absent.append(key)
      return part.fail(
        DemandStatus.Reason.platformConflict.rawValue, key,
        "\(winner.demand) goes first and wants \(winner.platform ?? "the node's own platform")")
    }
    if let seen, seen.hasCopy(since: isConfirmed ? nil : wanted.readyAfter) {
      part.pairs.present += 1
      return
    }
    part.absent.append(key)
    switch part.obstacle == nil ? seen?.state : nil {
    case .pulling where seen?.isRetrying == true, .failed: part.fail(seen?.reason ?? "Other", key, seen?.message)
    case .pulling:
      part.pairs.pulling += 1
      part.transferredBytes += seen?.transferredBytes ?? 0
      part.totalBytes += seen?.totalBytes ?? 0
    case .removing: part.pairs.removing += 1
    case .present, .waiting, nil: part.pairs.waiting += 1
    }
  }

  /// Counts an image that is to go: as present once it has gone as far as it can, and as failed where it stays.
  private static func countUnwanted(
    _ key: ImageKey, _ merged: MergedPlan, _ seen: ObservedImage?, _ node: NodeState, _ part: inout Contribution
  ) {
    part.pairs.desired += 1
    if let owner = merged.images[key]?.owners.first {
      return part.fail(DemandStatus.wantedReason, key, "\(owner.demand) wants it")
    }
    let isClaimed = node.claimed.contains(key) || merged.unwanted[key] == .ours
    let isOurs = seen?.origin == .pulled || seen?.origin == .adopted
    switch seen?.state {
    case .present where isOurs, .removing where isOurs, .failed where isOurs:
      let staying = [ObservedImage.inUseReason, ObservedImage.pinnedReason, ObservedImage.sharedReason]
      if let reason = seen?.reason, staying.contains(reason) { return part.fail(reason, key, seen?.message) }
      if node.usedByPods.contains(key) {
        return part.fail(ObservedImage.inUseReason, key, "a pod on the node uses the image")
      }
      part.pairs.removing += 1
      part.absent.append(key)
    case .pulling:
      part.pairs.removing += 1
      part.absent.append(key)
    case _ where isClaimed: part.pairs.present += 1
    default:
      part.pairs.waiting += 1
      part.absent.append(key)
    }
  }

  /// A platform without a variant fits the same one with a variant.
  private static func samePlatform(_ left: String?, _ right: String?) -> Bool {
    guard let left, let right else { return left == right }
    return left == right || left.hasPrefix(right + "/") || right.hasPrefix(left + "/")
  }

  private mutating func findWork(
    _ merged: MergedPlan, _ observation: NodeObservation?, _ workable: Set<DemandID>, _ refreshes: RefreshBook,
    node: NodeFacts, told: [ImageKey: ImagePlan], now: Instant
  ) {
    for (key, plan) in merged.plans where !plan.hold {
      guard merged.images[key]?.owners.contains(where: { workable.contains($0.demand) }) ?? false else { continue }
      let seen = observation?.images[key]
      switch seen?.state {
      case .removing: continue
      case .present:
        guard let seen else { continue }
        switch refreshes.verdict(key, plan, seen, on: node.name, now: now) {
        case .fresh: continue
        case .outdated: break
        case .unresolved(let isChosen):
          let isTold = told[key]?.freshAfter == plan.freshAfter
          unresolved[key] = RefreshBook.Due(isTold: isTold, isFailing: seen.attempts > 0)
          guard isChosen || isTold else { continue }
        }
        refreshing.insert(key)
      default: break
      }
      var hasher = Hasher()
      hasher.combine(key)
      hasher.combine(seen?.state)
      hasher.combine(seen?.attempts)
      hasher.combine(seen?.retryAt)
      hasher.combine(seen?.checkedAt)
      let isForJobs =
        node.hasAgent && merged.executor(of: key, on: node, seen: seen, known: told[key]) == .jobs
      let isBlocked = seen?.reason == ObservedImage.secretUnreadableReason && isForJobs
      var budget = work[plan.budget] ?? BudgetWork()
      budget.add(
        Work(
          // What kept the agent from it doesn't keep Jobs.
          registry: key.registry, priority: plan.priority, notBefore: isBlocked ? nil : seen?.retryAt,
          isPulling: seen?.state == .pulling, isForJobs: isForJobs), hash: hasher.finalize())
      work[plan.budget] = budget
    }
  }

  private mutating func findRemovable(_ merged: MergedPlan, _ observation: NodeObservation) {
    for (key, seen) in observation.images where !merged.wants(key) && seen.retention == .delete {
      guard seen.origin == .pulled || seen.origin == .adopted else { continue }
      removable[key] = .some(seen.retryAt)
    }
  }
}

extension ObservedImage {
  /// The reason of a copy that is there and older than asked for.
  package static let staleReason = "Stale"

  /// Whether the copy must be compared with the registry again.
  func isStale(_ freshAfter: Instant?) -> Bool {
    guard let freshAfter else { return false }
    return checkedAt.map { $0 < freshAfter } ?? true
  }

  /// Whether there is a copy that is new enough, also while it is being refreshed.
  func hasCopy(since readyAfter: Instant?) -> Bool {
    guard state == .present || (state == .pulling && reason == Self.staleReason) else { return false }
    return !isStale(readyAfter)
  }
}
