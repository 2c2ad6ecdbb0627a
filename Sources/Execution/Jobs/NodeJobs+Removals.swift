import KubernetesClient
import KubernetesRuntime
import OCI
import SwiftletAPI

extension NodeJobs {
  mutating func takeRemovals(using generator: inout some RandomNumberGenerator) {
    for job in jobs where job.order.kind == .remove {
      let verdict = HelperVerdict(of: job, now: now)
      switch verdict.outcome {
      case .pending:
        guard !job.isDeleting, node.isUsable, !isPaused else {
          retire(job, isCancelled: true)
          continue
        }
        isRemoving = true
        turn.wake(at: verdict.wakeAt)
        for item in job.order.items where images[item.image] != nil && planned[item.image] == nil {
          atWork.insert(item.image)
          images[item.image]?.state = .removing
          guard images[item.image]?.reason != Self.stoppedReason else { continue }
          images[item.image]?.reason = nil
          images[item.image]?.message = nil
        }
        continue
      case .reports(let reports):
        for (index, item) in job.order.items.enumerated() {
          take(reports[index]?.removal, of: item, using: &generator)
        }
      case .failed(let text):
        for item in job.order.items {
          notRemoved(
            item, FailureText(reason: "RemovalFailed", message: "\(text.reason): \(text.message ?? "")"),
            Self.removalFailed, using: &generator)
        }
      }
      retire(job, isCancelled: false)
    }
  }

  private mutating func take(
    _ removal: JobReport.Removal?, of item: JobOrder.Item, using generator: inout some RandomNumberGenerator
  ) {
    switch removal {
    case .gone where isStillDoubtful(item): break
    case .gone:
      // Wanted again meanwhile: then it is missing.
      images[item.image] = planned[item.image] == nil ? nil : NodeImage(state: .waiting)
    case .skipped, nil: break
    case .inUse:
      let text = FailureText(reason: "InUse", message: "a container on the node uses the image")
      notRemoved(item, text, Self.inUse, using: &generator)
    case .pinned:
      let text = FailureText(reason: "Pinned", message: "the image is pinned, and not by Swiftlet")
      notRemoved(item, text, Self.inUse, using: &generator)
    case .shared:
      let text = FailureText(
        reason: "SharedImage", message: "the image has names that aren't Swiftlet's; this runtime can't drop one alone")
      notRemoved(item, text, Self.inUse, using: &generator)
    case .failed:
      let text = FailureText(reason: "RemovalFailed", message: "the runtime didn't remove it")
      notRemoved(item, text, Self.removalFailed, using: &generator)
    }
  }

  /// Whether an image of which a pull was stopped may come yet; it is looked for again then.
  private mutating func isStillDoubtful(_ item: JobOrder.Item) -> Bool {
    guard planned[item.image] == nil, var image = images[item.image], image.reason == Self.stoppedReason,
      let stoppedAt = image.checkedAt, now - stoppedAt < Self.stoppedPatience
    else { return false }
    guard (image.attempts ?? 0) <= item.attempts else { return true }
    image.state = .present
    image.attempts = item.attempts + 1
    image.retryAt = (now + Self.stoppedRetry).wholeSeconds
    images[item.image] = image
    return true
  }

  private mutating func notRemoved(
    _ item: JobOrder.Item, _ text: FailureText, _ backoff: Backoff, using generator: inout some RandomNumberGenerator
  ) {
    guard planned[item.image] == nil, var image = images[item.image], (image.attempts ?? 0) <= item.attempts else {
      return
    }
    image.attempts = item.attempts + 1
    image.retryAt = (now + backoff.delay(attempt: item.attempts + 1, using: &generator)).wholeSeconds
    image.state = .present
    image.reason = text.reason
    image.message = text.message
    images[item.image] = image
  }

  /// Removes what is permitted, while nothing is being pulled: a pull could give one of the images a name.
  mutating func startRemovals(using generator: inout some RandomNumberGenerator) {
    guard !isRemoving, hasRoom, running.isEmpty, node.isUsable, !isPaused, hasAccess else { return }
    let permits = spec.removals ?? [:]
    let names = permits.filter { name, permit in
      guard let image = images[name], planned[name] == nil, image.state == .present else { return false }
      // A Job takes a few seconds to start.
      return permit.until - now > .seconds(10) && (image.retryAt ?? now) <= now
    }
    guard !names.isEmpty else { return }
    let chosen = names.keys.sorted().prefix(Self.maxRemovals)
    let items = chosen.map { JobOrder.Item(image: $0, attempts: images[$0]?.attempts ?? 0) }
    var order = JobOrder(kind: .remove, node: node.name, nodeUID: node.uid, items: items)
    let repositories = Set(chosen.map(Self.repository))
    let kept = Set(planned.keys).union(images.keys).subtracting(chosen)
      .filter { repositories.contains(Self.repository($0)) }.sorted()
    order.kept = kept.isEmpty ? nil : kept
    order.until = chosen.compactMap { permits[$0]?.until }.min()
    let draft = draft(order, namespace: settings.namespace)
    if let refusal = limits.refusals[draft.name] {
      for item in items { notRemoved(item, refusal, Self.removalFailed, using: &generator) }
      return
    }
    turn.drafts.append(draft)
    isRemoving = true
    for name in chosen { images[name]?.state = .removing }
  }

  private static func repository(_ name: String) -> String {
    do { return try ImageReference(parsing: name).name } catch { return name }
  }
}
