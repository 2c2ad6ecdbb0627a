import KubernetesClient
import OCI
import SwiftletAPI

extension NodeJobs {
  // MARK: Results

  /// Of several Jobs for an image only the newest one counts: what an older one found may be over.
  mutating func takePulls(using generator: inout some RandomNumberGenerator) {
    var newest: [String: ObjectKey] = [:]
    for job in jobs where job.order.kind == .pull {
      for item in job.order.items where !isReplaced(job, by: newest[item.image]) { newest[item.image] = job.key }
    }
    for job in jobs where job.order.kind == .pull {
      var verdict = JobVerdict(pulling: job, deadline: settings.pullDeadline, now: now)
      if role == .beside { awaitAgent(&verdict, job) }
      for (item, outcome) in zip(job.order.items, verdict.outcomes) where newest[item.image] == job.key {
        restore(item)
        switch outcome {
        case .present(let digest, let id): takePresent(item, job, digest: digest, id: id)
        case .failed(let text): takeFailure(item, job, text, using: &generator)
        case .pending, .returned: break
        }
      }
      if verdict.isStalled { turn.isStalled = true }
      if isReplaceable(job, verdict, newest) {
        replaceable.append(job)
      } else if verdict.isSettled {
        // While it is there its pod may try again what failed.
        if !job.isOver { hold(job) }
        retire(job, isCancelled: false)
        noteStopped(job, verdict)
      } else if mayGoOn(job, verdict) {
        turn.wake(at: verdict.wakeAt)
        follow(job, verdict)
      } else {
        hold(job)
        retire(job, isCancelled: true)
        noteStopped(job, verdict)
      }
    }
  }

  /// A kubelet that has begun with a pod says nothing of its images until it is through with all of them, and may go on
  /// with one after the pod is gone. What isn't wanted any more then counts as there until a removal has seen that it isn't.
  private mutating func noteStopped(_ job: JobPicture, _ verdict: JobVerdict) {
    guard role == .instead, job.pods.contains(where: { $0.status?.startTime != nil }) else { return }
    for (item, outcome) in zip(job.order.items, verdict.outcomes) where outcome == .pending || outcome == .returned {
      guard planned[item.image] == nil, item.isFound != true, item.retention != .retain,
        images[item.image]?.state != .present
      else { continue }
      var image = NodeImage(state: .present)
      image.origin = .pulled
      image.retention = item.retention
      image.checkedAt = now
      image.reason = Self.stoppedReason
      image.message = "its pull was stopped; it may be there all the same"
      images[item.image] = image
    }
  }

  /// An image that was dropped from the plan and is back has no entry, but a Job that knows where it was.
  private mutating func restore(_ item: JobOrder.Item) {
    guard role == .instead, planned[item.image] != nil, images[item.image] == nil else { return }
    var image = NodeImage(state: .waiting)
    image.origin = item.isFound == true ? .found : nil
    images[item.image] = image
  }

  /// Its place under the grant is free once it is gone.
  mutating func hold(_ job: JobPicture) {
    running.append(Turn(grantID: job.order.grant ?? "", registry: job.order.registry ?? ""))
    turn.wake(at: now + .seconds(1))
  }

  private mutating func takePresent(_ item: JobOrder.Item, _ job: JobPicture, digest: String?, id: String?) {
    if role == .beside { return takePresentBeside(item, job) }
    let old = images[item.image]
    if let old, old.state == .present, let checkedAt = old.checkedAt, checkedAt > checked(job) { return }
    guard planned[item.image] != nil || item.isFound != true else {
      images[item.image] = nil
      return
    }
    var image = NodeImage(state: .present)
    // After a refresh it may be another image than before.
    let known = old?.state == .present && job.order.isRefresh != true ? old : nil
    image.digest = digest ?? known?.digest
    image.id = id ?? known?.id
    image.sizeBytes = old?.sizeBytes
    image.origin = old?.state == .present ? old?.origin ?? .found : (item.isFound == true ? .found : .pulled)
    // A pull that wasn't made because the image was there compares nothing.
    image.checkedAt = job.order.isRefresh == true || item.isFound != true ? checked(job) : nil
    image.retention = item.retention
    if item.isFound == true, job.order.isRefresh != true { image.checkedAt = old?.checkedAt }
    images[item.image] = image
  }

  func checked(_ job: JobPicture) -> Timestamp { max(job.order.checkedAt ?? job.createdAt, job.createdAt) }

  private mutating func takeFailure(
    _ item: JobOrder.Item, _ job: JobPicture, _ text: FailureText, using generator: inout some RandomNumberGenerator
  ) {
    guard planned[item.image] != nil else { return }
    if let old = images[item.image], old.state == .present {
      // Another Job has had it since.
      if job.order.isRefresh != true || old.checkedAt.map({ $0 >= checked(job) }) ?? false { return }
    }
    fail(item.image, text, attempts: item.attempts, job.order.backoff, using: &generator)
  }

  /// Whether a Job without all of its results is left alone.
  private func mayGoOn(_ job: JobPicture, _ verdict: JobVerdict) -> Bool {
    guard mayStay(job) else { return false }
    return zip(job.order.items, verdict.outcomes).contains { item, outcome in
      outcome == .pending && planned[item.image].map { !$0.isOnHold } ?? false
    }
  }

  func mayStay(_ job: JobPicture) -> Bool {
    guard !job.isDeleting, node.isUsable, !isPaused, let grant = job.order.grant else { return false }
    return grants.isLive(grant, now: now)
  }

  private mutating func follow(_ job: JobPicture, _ verdict: JobVerdict) {
    let grantID = job.order.grant ?? ""
    running.append(Turn(grantID: grantID, registry: job.order.registry ?? ""))
    grants.started(under: grantID, now: job.order.startedAt ?? job.createdAt)
    turn.wake(at: grants.grants.first { $0.id == grantID }?.until)
    for (item, outcome) in zip(job.order.items, verdict.outcomes) where outcome == .pending {
      guard planned[item.image] != nil else { continue }
      markPulling(item.image)
    }
  }

  private mutating func markPulling(_ name: String) {
    atWork.insert(name)
    var image = images[name] ?? NodeImage(state: .pulling)
    switch image.state {
    case .present:
      image.reason = "Refreshing"
      image.message = nil
    case .failed, .pulling:
      // What the attempt before came to stays.
      image.state = .pulling
    case .waiting, .removing:
      image.state = .pulling
      image.reason = nil
      image.message = nil
    }
    image.retryAt = nil
    images[name] = image
  }

  // MARK: Entries

  /// Brings what no Job is at work on to what it should say.
  mutating func settleEntries(using generator: inout some RandomNumberGenerator) {
    for (name, old) in images {
      let plan = planned[name]
      if let plan {
        images[name]?.retention = plan.effectiveRetention
        if old.reason == Self.stoppedReason { images[name] = NodeImage(state: .waiting) }
      }
      guard !atWork.contains(name) else { continue }
      guard let plan else {
        settleUnplanned(name, old)
        continue
      }
      if old.state == .removing { images[name]?.state = .present }
      if old.state == .pulling { settlePulling(name, using: &generator) }
      settleReason(name, plan)
    }
  }

  /// Somebody deleted the Job, unless it was stopped here, just now.
  private mutating func settlePulling(_ name: String, using generator: inout some RandomNumberGenerator) {
    let isKnown = jobs.contains { $0.order.kind == .pull && $0.order.items.contains { $0.image == name } }
    images[name]?.state = .waiting
    images[name]?.reason = nil
    images[name]?.message = nil
    guard !isKnown, wasAtWork(name) else { return }
    let text = FailureText(reason: "JobVanished", message: "the Job was deleted before it had a result")
    fail(name, text, attempts: images[name]?.attempts ?? 0, nil, using: &generator)
  }

  /// Whether a Job is said to be at work on it.
  private func wasAtWork(_ name: String) -> Bool {
    switch role {
    case .instead: inventory.status?.executor == .jobs && inventory.status?.images?[name]?.state == .pulling
    case .beside: spec.jobs?.images?[name]?.state == .pulling
    }
  }

  private mutating func settleReason(_ name: String, _ plan: PlannedImage) {
    guard var image = images[name] else { return }
    let isStale = image.state == .present && isStale(image, plan)
    if image.state == .present, image.origin == .found, plan.adopt == true { image.origin = .adopted }
    switch image.state {
    case .present where isStale && image.retryAt != nil: break
    case .present:
      image.reason = isStale ? "Stale" : nil
      image.message = nil
      image.retryAt = nil
      if !isStale { image.attempts = nil }
    case .waiting where isPaused: image.reason = "Paused"
    case .waiting where plan.isOnHold: image.reason = "Held"
    case .waiting where ["Paused", "Held", "Refreshing"].contains(image.reason): image.reason = nil
    default: break
    }
    if image.state != .present, let problem = problem(name, plan) {
      image.state = .failed
      image.reason = problem.reason
      image.message = problem.message
      image.retryAt = nil
    }
    images[name] = image
  }

  private mutating func settleUnplanned(_ name: String, _ old: NodeImage) {
    let isOurs = old.origin == .pulled || old.origin == .adopted
    guard isOurs, old.state == .present || old.state == .removing, old.retention != .retain else {
      images[name] = nil
      return
    }
    if old.state == .removing { images[name]?.state = .present }
    if ["Stale", "Refreshing"].contains(old.reason) { images[name]?.reason = nil }
  }

  private func isStale(_ image: NodeImage, _ plan: PlannedImage) -> Bool {
    guard let freshAfter = plan.freshAfter else { return false }
    return image.checkedAt.map { $0 < freshAfter } ?? true
  }

  /// Why Jobs can never pull it as it is wanted.
  private func problem(_ name: String, _ plan: PlannedImage) -> FailureText? {
    do {
      guard try ImageReference(parsing: name).normalized == name else {
        return FailureText(reason: "InvalidReference", message: "the plan's key isn't normalised")
      }
    } catch {
      return FailureText(reason: "InvalidReference", message: "\(error)")
    }
    guard let platform = plan.platform, let own = node.platform else { return nil }
    if platform == own || platform.hasPrefix(own + "/") { return nil }
    return FailureText(
      reason: "WrongPlatform", message: "Jobs pull what fits the node (\(own)); only an agent pulls \(platform)")
  }

  // MARK: Starting

  struct Batch: Hashable {
    var budget: String
    var namespace: String
    var secrets: [String]
    var imageCache: ObjectKey?
    var isRefresh: Bool
    /// What failed before doesn't hold up what never did.
    var isRetry: Bool
    /// It was in a Job that came to nothing because its images were pulled together.
    var isApart: Bool
    var registry: String?
  }

  /// Images to pull, the first ones first.
  private var due: [(name: String, plan: PlannedImage, image: NodeImage)] {
    guard !isPaused else { return [] }
    let entries = planned.compactMap { name, plan -> PullQueue.Entry? in
      guard let image = images[name], !plan.isOnHold, plan.effectiveExecutor != .agent, !atWork.contains(name),
        (image.retryAt ?? now) <= now, role == .instead || isAwaited(name)
      else { return nil }
      let isRefresh = image.state == .present
      guard isRefresh ? isStale(image, plan) : problem(name, plan) == nil else { return nil }
      return PullQueue.Entry(
        name: name, priority: plan.effectivePriority, isRefresh: isRefresh, attempts: image.attempts ?? 0)
    }
    return PullQueue.ordered(entries).compactMap { entry in
      guard let plan = planned[entry.name], let image = images[entry.name] else { return nil }
      return (entry.name, plan, image)
    }
  }

  mutating func startPulls(using generator: inout some RandomNumberGenerator) {
    guard node.isUsable, !isRemoving else { return holdReplaceable() }
    var batches: [Batch] = []
    var members: [Batch: [String]] = [:]
    for (name, plan, image) in due {
      guard let batch = batch(name, plan, image) else { continue }
      if members[batch] == nil { batches.append(batch) }
      members[batch, default: []].append(name)
    }
    // What takes another Job's place gets it.
    for batch in batches.filter(\.isApart) + batches.filter({ !$0.isApart }) {
      var names = members[batch] ?? []
      while !names.isEmpty, batch.isApart ? hasRoomForReplacement : hasRoom {
        let answer = grants.answer(
          budget: batch.budget, registry: batch.registry ?? "", running: running, now: now)
        guard case .granted(let id) = answer, let grant = grants.grants.first(where: { $0.id == id }) else {
          if case .notBefore(let time) = answer { turn.wake(at: time) }
          break
        }
        // Within a Job nothing can keep a pace.
        let size = grant.pacing == nil ? Self.maxPulls : 1
        start(Array(names.prefix(size)), batch, grant, using: &generator)
        names.removeFirst(min(size, names.count))
        if grant.pacing != nil {
          grants.started(under: id, now: now)
        }
      }
    }
    holdReplaceable()
  }

  private func batch(_ name: String, _ plan: PlannedImage, _ image: NodeImage) -> Batch? {
    // Which secrets there are must be known first.
    guard plan.authenticated != true || sources?[name] != nil else { return nil }
    let source = sources?[name] ?? JobSource()
    let place = source.place(attempts: image.attempts ?? 0, otherwise: settings.namespace)
    let isLimited = grants.live(budget: plan.effectiveBudget, now: now).contains { $0.registries != nil }
    return Batch(
      budget: plan.effectiveBudget, namespace: place.namespace, secrets: place.secrets, imageCache: source.imageCache,
      isRefresh: image.state == .present, isRetry: (image.attempts ?? 0) > 0,
      isApart: replaceable.contains { $0.order.items.contains { $0.image == name } },
      registry: isLimited ? Self.registry(name) : nil)
  }

  private static func registry(_ name: String) -> String {
    do { return try ImageReference(parsing: name).registry } catch { return "" }
  }

  private mutating func start(
    _ names: [String], _ batch: Batch, _ grant: Grant, using generator: inout some RandomNumberGenerator
  ) {
    let items = names.map { name in
      JobOrder.Item(
        image: name, attempts: images[name]?.attempts ?? 0, isFound: images[name]?.origin == .found ? true : nil,
        retention: planned[name]?.effectiveRetention)
    }
    var order = JobOrder(kind: .pull, node: node.name, nodeUID: node.uid, items: items)
    order.grant = grant.id
    order.registry = batch.registry
    order.isRefresh = batch.isRefresh ? true : nil
    // What is known to be wanted fresh after this is fresh, whatever the clocks say.
    order.checkedAt = names.compactMap { planned[$0]?.freshAfter }.max()
    order.backoff = grant.backoff
    order.startedAt = now
    if batch.isApart {
      let old = replaceable.filter { job in job.order.items.contains { names.contains($0.image) } }
      order.replaces = old.map(\.key.name)
    }
    if mounts(batch, grant, count: names.count) { order.mountsImages = true }
    var draft = draft(order, namespace: batch.namespace, secrets: batch.secrets, imageCache: batch.imageCache)
    if order.mountsImages == true, limits.refusals[draft.name] != nil {
      // A policy against such volumes need not be one against Jobs.
      order.mountsImages = nil
      draft = self.draft(order, namespace: batch.namespace, secrets: batch.secrets, imageCache: batch.imageCache)
    }
    if let refusal = limits.refusals[draft.name] {
      for item in items { fail(item.image, refusal, attempts: item.attempts, grant.backoff, using: &generator) }
      return
    }
    turn.drafts.append(draft)
    running.append(Turn(grantID: grant.id, registry: batch.registry ?? ""))
    turn.wake(at: now + JobVerdict.podDeadline)
    for name in names { markPulling(name) }
  }

  // MARK: Giving grants back

  /// A grant under which nothing runs and nothing can start is given back with the results.
  mutating func release() {
    // Before the agent has had its say, it isn't known what there is to do.
    if role == .beside, !isAnswered { return }
    let open = due.map { (budget: $0.plan.effectiveBudget, registry: Self.registry($0.name)) }
    for grant in grants.live(now: now) {
      guard !running.contains(where: { $0.grantID == grant.id }) else { continue }
      // What a look is going to find missing is work, too.
      let isUnsure =
        isLooking
        && planned.contains {
          images[$0.key] == nil && $0.value.effectiveBudget == grant.budget
        }
      let canStart =
        node.isUsable
        && open.contains {
          $0.budget == grant.budget && GrantBook.hasShare(grant, registry: $0.registry)
        }
      if isUnsure || canStart { continue }
      grants.release([grant.id])
    }
  }
}
