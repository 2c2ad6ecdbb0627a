extension ClusterPlanner {
  /// What to do for one node now. Called again without anything having changed, it says the same.
  ///
  /// Grants and permits in the plan count from now on. At most one plan of a node may be on its way; say what became of
  /// it with `committed` or `failed`.
  ///
  /// - Parameter usedByPods: what the pods that are bound to the node use, listed after the last plan said
  ///   `needsPodCheck`.
  package mutating func plan(_ name: String, now: Instant, usedByPods: Set<ImageKey>? = nil) -> NodePlan {
    advance(now)
    guard begun, let state = nodes[name], let facts = state.facts else { return NodePlan() }
    dirty.nodes.remove(name)
    let images = plannedImages(state)
    if state.knownSpec == nil, images.isEmpty { return NodePlan() }
    takeTurns(name, facts, now)
    renew(name, now)
    let needsPodCheck = permitRemovals(name, usedByPods, now)
    var desired = InventorySpec(
      nodeUID: facts.uid, paused: paused, images: hinted(images, state), removals: permits(name),
      grants: grants(name, facts.uid), diskPressure: facts.diskPressure)
    desired.jobs = state.keptJobs(desired)
    nodes[name]?.planned = desired
    scheduleWake(name, now)
    let isWritten = nodes[name]?.isWritten(desired, now) ?? false
    return NodePlan(spec: isWritten ? nil : desired, lookAgainAt: wakes[name], needsPodCheck: needsPodCheck)
  }

  /// The last plan of the node was written.
  ///
  /// - Parameter generation: `metadata.generation` of the answer.
  package mutating func committed(_ name: String, generation: Int64) {
    guard var state = nodes[name], let planned = state.planned else { return }
    state.planned = nil
    let known = state.pending?.generation ?? state.observation?.generation
    if known.map({ generation > $0 }) ?? true {
      state.pending = NodeState.Pending(
        spec: planned, generation: generation, inventoryUID: state.observation?.inventoryUID)
    }
    for (key, permit) in state.permits {
      if permit.withdrawn {
        state.permits[key] = nil
      } else {
        state.permits[key]?.written = true
      }
    }
    nodes[name] = state
    markWritten(name)
    stale.insert(name)
  }

  /// The last plan of the node wasn't written, or (`ambiguous`) it isn't known whether it was.
  ///
  /// What it gave is given back; if it is ambiguous, it counts until it is observed or has run out. The node is dirty
  /// again.
  package mutating func failed(_ name: String, ambiguous: Bool) {
    guard nodes[name] != nil else { return }
    nodes[name]?.planned = nil
    if ambiguous {
      markWritten(name)
      for key in nodes[name]?.permits.keys ?? [:].keys { nodes[name]?.permits[key]?.written = true }
    } else {
      giveBack(name)
    }
    toEnqueue.insert(name)
    if nodes[name]?.facts != nil { dirty.nodes.insert(name) }
  }

  private mutating func markWritten(_ name: String) {
    for budget in nodes[name]?.holding ?? [] {
      for record in pots[budget]?.records[name] ?? [] {
        pots[budget]?.update(record.grant.id, of: name) {
          $0.writtenUntil = max($0.writtenUntil ?? $0.grant.until, $0.grant.until)
        }
      }
    }
  }

  private mutating func giveBack(_ name: String) {
    for budget in nodes[name]?.holding ?? [] {
      for record in pots[budget]?.records[name] ?? [] {
        if let written = record.writtenUntil {
          pots[budget]?.update(record.grant.id, of: name) { $0.grant.until = written }
        }
      }
      _ = pots[budget]?.end(of: name, now: clock) { $0.writtenUntil == nil }
      if pots[budget]?.records[name] == nil { nodes[name]?.holding.remove(budget) }
      nodes[name]?.waitingSince[budget] = nil
      unsettled.insert(budget)
    }
    for (key, permit) in nodes[name]?.permits ?? [:] where !permit.written { nodes[name]?.permits[key] = nil }
  }

  /// The pull secrets of those of the images that the node's plan has now, in the order in which they are to be tried.
  ///
  /// - Returns: nil where that isn't known: the node isn't, or one of the images may belong to a kind that isn't.
  package mutating func pullSecrets(of name: String, for keys: Set<ImageKey>) -> [ImageKey: [PullSecret]]? {
    guard begun, let state = nodes[name], state.facts != nil else { return nil }
    let merged = merged(state.demands)
    var secrets: [ImageKey: [PullSecret]] = [:]
    for key in keys {
      if merged.plans[key] != nil {
        secrets[key] = merged.images[key]?.pullSecrets ?? []
      } else if !unknownKinds.isEmpty {
        return nil
      }
    }
    return secrets
  }

  /// Who wants those of the images that the node's plan has now.
  package mutating func owners(of name: String, for keys: Set<ImageKey>) -> [ImageKey: [DemandID]] {
    guard begun, let state = nodes[name], state.facts != nil else { return [:] }
    let merged = merged(state.demands)
    var owners: [ImageKey: [DemandID]] = [:]
    for key in keys { owners[key] = merged.images[key]?.owners.map(\.demand) }
    return owners
  }

  /// What the demands want, and while a kind is unknown also what the spec has already.
  private mutating func plannedImages(_ state: NodeState) -> [ImageKey: ImagePlan] {
    let merged = merged(state.demands)
    guard !unknownKinds.isEmpty, let known = state.knownSpec else {
      return dated(claiming(merged, assigned(merged, state), state), state)
    }
    var images = dated(assigned(merged, state), state)
    let kept = known.images.keys.filter { !merged.wants($0) }.sorted()
    for key in kept.prefix(max(0, MergedPlan.maxImages - images.count)) { images[key] = known.images[key] }
    return images
  }

  /// With who pulls what on this node.
  private func assigned(_ merged: MergedPlan, _ state: NodeState) -> [ImageKey: ImagePlan] {
    guard !merged.undecided.isEmpty, let facts = state.facts else { return merged.plans }
    var images = merged.plans
    for key in merged.undecided where images[key] != nil {
      images[key]?.executor = merged.executor(
        of: key, on: facts, seen: state.trustedObservation?.images[key], known: state.knownSpec?.images[key])
    }
    return images
  }

  /// With the dates of refreshes only where the node is to pull for them: where it isn't, the plan stays as it is.
  private func dated(_ images: [ImageKey: ImagePlan], _ state: NodeState) -> [ImageKey: ImagePlan] {
    var dated = images
    for (key, image) in images {
      guard let freshAfter = image.freshAfter, !state.evaluation.refreshing.contains(key),
        state.trustedObservation?.images[key]?.state == .present, let known = state.knownSpec?.images[key]
      else { continue }
      if known.freshAfter.map({ $0 <= freshAfter }) ?? true { dated[key]?.freshAfter = known.freshAfter }
    }
    return dated
  }

  /// With the images that are to go and of which it isn't known yet whether they are Swiftlet's: what is there becomes
  /// so, what isn't won't be pulled.
  private func claiming(
    _ merged: MergedPlan, _ plans: [ImageKey: ImagePlan], _ state: NodeState
  ) -> [ImageKey: ImagePlan] {
    guard mayRemove, !merged.unwanted.isEmpty else { return plans }
    var images = plans
    let keys = merged.unwanted.keys.filter { merged.unwanted[$0] == .everything && !state.claimed.contains($0) }
    for key in keys.sorted().prefix(max(0, MergedPlan.maxImages - images.count)) {
      images[key] = ImagePlan(pin: false, retention: .delete, hold: true, adopt: true)
    }
    return images
  }

  /// With the sizes of what isn't there yet.
  private func hinted(_ images: [ImageKey: ImagePlan], _ state: NodeState) -> [ImageKey: ImagePlan] {
    guard !sizes.isEmpty, !state.evaluation.work.isEmpty else { return images }
    var hinted = images
    for key in images.keys where state.observation?.images[key]?.state != .present {
      hinted[key]?.sizeBytes = sizes[key]
    }
    return hinted
  }

  private mutating func takeTurns(_ name: String, _ facts: NodeFacts, _ now: Instant) {
    for budget in (nodes[name]?.queuedIn ?? []).sorted() {
      guard let turn = pots[budget]?.turns.removeValue(forKey: name) else { continue }
      nodes[name]?.queuedIn.remove(budget)
      nodes[name]?.waitingSince[budget] = nil
      let grant = PullGrant(
        id: freshID(budget, name, now), budget: budget, until: now + PullGrant.lifetime, pulls: turn.pulls,
        registries: turn.registries, pacing: turn.pacing, backoff: pots[budget]?.limits?.backoff ?? .init(),
        isForJobs: turn.isForJobs)
      pots[budget]?.add(
        BudgetPot.Record(
          grant: grant, nodeUID: facts.uid, writtenUntil: nil,
          fingerprint: nodes[name]?.evaluation.work[budget]?.fingerprint(forJobs: turn.isForJobs) ?? 0,
          interval: turn.interval), of: name)
      nodes[name]?.lastWasForJobs[budget] = turn.isForJobs
      nodes[name]?.holding.insert(budget)
    }
  }

  /// Budget and time, so that it is never used twice on a node.
  private func freshID(_ budget: String, _ name: String, _ now: Instant) -> String {
    let state = nodes[name]
    var used = state?.observation?.released ?? []
    used.formUnion(state?.knownSpec?.grants.map(\.id) ?? [])
    used.formUnion(state?.observation?.spec.grants.map(\.id) ?? [])
    var time = now.microseconds
    func id() -> String {
      let hex = String(time, radix: 16)
      return "\(budget)-" + String(repeating: "0", count: max(0, 16 - hex.count)) + hex
    }
    while used.contains(id()) { time += 1 }
    return id()
  }

  private mutating func renew(_ name: String, _ now: Instant) {
    guard !paused, let state = nodes[name], state.evaluation.answered else { return }
    for budget in state.holding {
      guard let work = state.evaluation.work[budget] else { continue }
      for record in pots[budget]?.records[name] ?? [] where record.nodeUID == state.facts?.uid {
        let items = work.items.filter { $0.isForJobs == record.grant.isForJobs }
        let isPulling = items.contains(where: \.isPulling)
        guard items.contains(where: { $0.isDue(now) }), record.grant.until - now <= PullGrant.lifetime / 2,
          pots[budget]?.mayRenew(record.grant.id, of: name, isPulling: isPulling) ?? false
        else { continue }
        pots[budget]?.update(record.grant.id, of: name) { $0.grant.until = now + PullGrant.lifetime }
      }
    }
  }

  /// - Returns: whether the pods must be looked at first.
  private mutating func permitRemovals(_ name: String, _ used: Set<ImageKey>?, _ now: Instant) -> Bool {
    guard let state = nodes[name], removals.turns.contains(name) || !state.permits.isEmpty else { return false }
    let keys = state.removable(now).sorted().prefix(max(0, RemovalPot.maxPermitsPerNode - state.permits.count))
    guard !keys.isEmpty else { return false }
    guard let used else { return true }
    for key in keys {
      if used.contains(key) {
        holdRemoval(of: key, on: name, now)
        if nodes[name]?.usedByPods.insert(key).inserted == true { stale.insert(name) }
      } else {
        if nodes[name]?.usedByPods.remove(key) != nil { stale.insert(name) }
        nodes[name]?.permits[key] = NodeState.Permit(until: now + PullGrant.lifetime, written: false)
      }
    }
    removals.turns.remove(name)
    toEnqueue.insert(name)
    removals.holders[name] = nodes[name]?.permits.values.map(\.until).max().map { $0 + PullGrant.margin }
    return false
  }

  private func permits(_ name: String) -> [ImageKey: Instant] {
    (nodes[name]?.permits ?? [:]).filter { !$0.value.withdrawn }.mapValues(\.until)
  }

  private func grants(_ name: String, _ uid: String) -> [PullGrant] {
    (nodes[name]?.holding ?? []).flatMap { pots[$0]?.records[name] ?? [] }
      .filter { $0.nodeUID == uid }.map(\.grant).sorted { $0.id < $1.id }
  }

  /// Remembers when the node must be looked at again by itself.
  mutating func scheduleWake(_ name: String, _ now: Instant) {
    guard let state = nodes[name], state.facts != nil else { return wakes.set(name, at: nil) }
    var times: [Instant] = []
    for (budget, work) in state.evaluation.work where !paused && state.evaluation.answered {
      times += work.items.compactMap(\.notBefore)
      for isForJobs in [false, true] {
        if let hold = state.fruitless[NodeState.Lane(budget: budget, isForJobs: isForJobs)] { times.append(hold.until) }
      }
      guard work.items.contains(where: { $0.isDue(now) }) else { continue }
      times += (pots[budget]?.records[name] ?? []).map { $0.grant.until - PullGrant.lifetime / 2 }
    }
    times += (state.holding).compactMap { pots[$0]?.records[name]?.map(\.end).min() }
    times += state.permits.values.map { $0.until + PullGrant.margin }
    // Should the answer to `needsPodCheck` never come.
    if removals.turns.contains(name) { times.append(now + .seconds(30)) }
    if state.evaluation.answered {
      times += state.evaluation.removable.compactMap(\.value)
      times += state.removalHolds.values.map(\.until)
    }
    wakes.set(name, at: times.filter { $0 > now }.min())
  }
}

extension NodeState {
  /// What is still to be said of Jobs beside the agent: of images that are left to them, and of grants that are there.
  func keptJobs(_ desired: InventorySpec) -> JobsAccount {
    guard let known = knownSpec?.jobs, !known.isEmpty, knownSpec?.nodeUID == desired.nodeUID else {
      return JobsAccount()
    }
    // Jobs that work alone say it in the status.
    if let facts, facts.hasJobs, !facts.hasAgent { return JobsAccount() }
    return JobsAccount(
      images: known.images.filter { desired.images[$0.key]?.executor == .jobs },
      released: known.released.intersection(desired.grants.map(\.id)))
  }

  /// Whether the spec that is known to be written says the same as `desired`. Grants and permits that are over don't
  /// matter: they go with the next write.
  func isWritten(_ desired: InventorySpec, _ now: Instant) -> Bool {
    guard var known = knownSpec else { return false }
    let wanted = Set(desired.grants.map(\.id))
    known.grants = known.grants.filter { wanted.contains($0.id) }.sorted { $0.id < $1.id }
    for (key, until) in known.removals where desired.removals[key] == nil {
      let isOver = until <= now || (observation?.images[key] == nil && desired.images[key] == nil)
      if isOver { known.removals[key] = nil }
    }
    known.images = known.images.mapValues(\.withoutHints)
    known.jobs.released.formIntersection(wanted)
    var desired = desired
    desired.images = desired.images.mapValues(\.withoutHints)
    return known == desired
  }
}

extension ImagePlan {
  fileprivate var withoutHints: ImagePlan {
    guard sizeBytes != nil else { return self }
    var plan = self
    plan.sizeBytes = nil
    return plan
  }
}
