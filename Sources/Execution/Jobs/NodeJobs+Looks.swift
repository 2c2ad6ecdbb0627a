import KubernetesClient
import KubernetesRuntime
import SwiftletAPI

extension NodeJobs {
  private static let notAllowed = "NotAllowed"

  /// Whether Jobs are to ask the runtime what is there.
  var hasAccess: Bool {
    guard settings.hasRuntimeAccess else { return false }
    guard let condition = conditions.condition(Self.accessCondition), condition.reason != Self.notAllowed else {
      return true
    }
    return condition.status == .unknown || now - condition.lastTransitionTime >= Self.accessRetry
  }

  /// Planned images of which nothing is known.
  private var unknown: [String] {
    planned.keys.filter { images[$0] == nil }.sorted()
  }

  /// Takes over what Jobs found out, and what keeps them from that.
  mutating func takeLooks() {
    for job in jobs where job.order.kind == .look {
      let verdict = HelperVerdict(of: job, now: now)
      switch verdict.outcome {
      case .pending:
        if job.isDeleting || !node.isUsable {
          retire(job, isCancelled: true)
        } else {
          isLooking = true
          turn.wake(at: verdict.wakeAt)
        }
        continue
      case .reports(let reports):
        for (index, item) in job.order.items.enumerated() {
          guard let report = reports[index] else { continue }
          take(report, of: item.image)
        }
        allowAccess()
      case .failed(let text):
        denyAccess(text)
      }
      retire(job, isCancelled: false)
    }
    if !settings.hasRuntimeAccess {
      denyAccess(
        FailureText(reason: Self.notAllowed, message: "Jobs may not use the runtime's socket, so they only pull"))
    }
  }

  private mutating func take(_ report: HelperVerdict.Item, of name: String) {
    switch (report.present, images[name]) {
    case (let digest?, nil) where planned[name] != nil:
      var image = NodeImage(state: .present)
      image.digest = digest.isEmpty ? nil : "sha256:\(digest)"
      image.origin = .found
      images[name] = image
    case (nil, nil) where planned[name] != nil:
      images[name] = NodeImage(state: .waiting)
    case (nil, let known?) where known.state == .present && known.reason == Self.stoppedReason:
      break  // it may come yet; removals look for it
    case (nil, let known?) where known.state == .present:
      // It was there, and somebody removed it.
      var image = NodeImage(state: .waiting)
      image.reason = "Missing"
      images[name] = planned[name] == nil ? nil : image
    case (let digest?, let known?) where known.state == .present && known.digest == nil && !digest.isEmpty:
      // A Job that mounts images doesn't learn them.
      images[name]?.digest = "sha256:\(digest)"
    default: break
    }
  }

  private mutating func allowAccess() { conditions.remove(type: Self.accessCondition) }

  /// Of what is pulled without a look before it can't be said who pulled it, so it is never removed. What may be chance
  /// is tried again first.
  private mutating func denyAccess(_ text: FailureText) {
    let old = conditions.condition(Self.accessCondition)
    if old?.reason == text.reason, old?.message == (text.message ?? ""), text.reason == Self.notAllowed { return }
    let isChance = old == nil && !Self.lasting.contains(text.reason)
    conditions.remove(type: Self.accessCondition)
    conditions.set(
      type: Self.accessCondition, status: isChance ? .unknown : .no, reason: text.reason, message: text.message ?? "",
      now: now)
  }

  /// Reasons that a second attempt changes nothing about.
  private static let lasting: Set<String> = [notAllowed, "NoPod", "JobForbidden", "JobRefused"]

  /// When the next look may be, where one failed that may have been bad luck.
  private var nextLook: Timestamp? {
    guard let condition = conditions.condition(Self.accessCondition), condition.status == .unknown else { return nil }
    let time = condition.lastTransitionTime + .seconds(5)
    return time > now ? time : nil
  }

  /// Asks about what nothing is known of; without access it counts as found.
  mutating func startLook() {
    let unknown = unknown
    guard !unknown.isEmpty else { return }
    guard hasAccess else {
      for name in unknown {
        var image = NodeImage(state: .waiting)
        image.origin = .found
        images[name] = image
      }
      return
    }
    guard !isLooking, node.isUsable, !isPaused else { return }
    isLooking = true
    if let next = nextLook { return turn.wake(at: next) }
    guard hasRoom else { return }
    var items = unknown.prefix(JobReport.maxItems * JobReport.maxContainers).map { JobOrder.Item(image: $0) }
    // What is said to be there is looked at along with it, as far as there is room.
    let room = JobReport.maxItems * JobReport.maxContainers - items.count
    let known = images.filter { $0.value.state == .present }.keys.sorted()
    items += known.prefix(room).map { JobOrder.Item(image: $0) }
    let order = JobOrder(kind: .look, node: node.name, nodeUID: node.uid, items: items)
    let draft = draft(order, namespace: settings.namespace)
    if let refusal = limits.refusals[draft.name] {
      isLooking = false
      denyAccess(refusal)
      return startLook()
    }
    turn.drafts.append(draft)
  }

  func draft(_ order: JobOrder, namespace: String, secrets: [String] = [], imageCache: ObjectKey? = nil) -> JobDraft {
    let salt = "\(keptJobs) \(order.kind == .look ? "\(inventory.metadata.generation ?? 0)" : "")"
    return JobDraft(
      order: order, namespace: namespace, name: order.name(salt: salt), secrets: secrets, imageCache: imageCache)
  }
}
