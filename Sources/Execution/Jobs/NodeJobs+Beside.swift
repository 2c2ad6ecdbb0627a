import KubernetesClient
import SwiftletAPI

/// Jobs on a node that has an agent. They only pull, and only what the agent is prepared for: it says so by the reason
/// `AwaitsJob`, under a grant that is for Jobs. Whether an image is there, and whose it is, is the agent's to say.
extension NodeJobs {
  /// How long the agent may take to see what a Job has pulled. One that isn't told of changes looks every 30 seconds.
  static let agentPatience = Duration.seconds(45)

  mutating func runBeside(using generator: inout some RandomNumberGenerator) {
    grants.update((spec.grants ?? []).filter { $0.executor == .jobs })
    grants.release(spec.jobs?.released ?? [])
    // What Jobs did while there was no agent is the agent's now.
    for job in jobs where job.order.kind != .pull { retire(job, isCancelled: true) }
    images = images.filter { planned[$0.key] != nil }
    for (name, note) in spec.jobs?.images ?? [:] where images[name]?.state == .present {
      // The agent hasn't said so yet.
      if let checkedAt = note.checkedAt, images[name]?.checkedAt.map({ $0 < checkedAt }) ?? true {
        images[name]?.checkedAt = checkedAt
      }
    }
    takePulls(using: &generator)
    settleEntries(using: &generator)
    startPulls(using: &generator)
    release()
    composeNote()
  }

  /// What the agent says, without what is noted of Jobs.
  private var reported: [String: NodeImage] {
    guard let status = inventory.status, status.executor != .jobs, status.nodeUID == node.uid else { return [:] }
    return status.images ?? [:]
  }

  /// Whether the agent has answered to the plan as it is.
  var isAnswered: Bool {
    guard let status = inventory.status, status.executor != .jobs, status.nodeUID == node.uid else { return false }
    return status.observedGeneration == inventory.metadata.generation
  }

  /// Whether the agent is prepared for a Job's pull of the image.
  func isAwaited(_ name: String) -> Bool {
    isAnswered && inventory.status?.images?[name]?.reason == NodeImage.awaitsJobReason
  }

  // MARK: Results

  /// An image counts as pulled when the agent sees it.
  func awaitAgent(_ verdict: inout JobVerdict, _ job: JobPicture) {
    let deadline = job.lastTime + Self.agentPatience
    for (index, item) in job.order.items.enumerated() {
      guard case .present = verdict.outcomes[index], planned[item.image] != nil,
        images[item.image]?.state != .present
      else { continue }
      guard now < deadline else {
        let words = "the kubelet has the image, but the agent doesn't see it in the runtime"
        verdict.change(index, to: .failed(FailureText(reason: "Vanished", message: words)))
        continue
      }
      verdict.change(index, to: .pending, until: deadline)
    }
  }

  mutating func takePresentBeside(_ item: JobOrder.Item, _ job: JobPicture) {
    guard job.order.isRefresh == true, var image = images[item.image], image.state == .present else { return }
    let checkedAt = checked(job)
    if let known = image.checkedAt, known >= checkedAt { return }
    image.checkedAt = checkedAt
    images[item.image] = image
  }

  // MARK: What is said

  private mutating func composeNote() {
    var notes: [String: JobsImage] = [:]
    let reported = reported
    for name in planned.keys {
      guard let image = images[name], let report = reported[name] else { continue }
      let note = note(name, image, report)
      notes[name] = note == JobsImage() ? nil : note
    }
    let known = spec.jobs ?? JobsNote()
    let ids = Set((spec.grants ?? []).map(\.id))
    let released = grants.released.intersection(ids).sorted()
    // What the agent has taken over meanwhile goes along with something else.
    let isSaid = (known.images ?? [:]).filter { name, note in
      guard note == JobsImage(checkedAt: note.checkedAt), let checkedAt = note.checkedAt else { return true }
      return planned[name] != nil && reported[name]?.checkedAt.map { $0 < checkedAt } ?? true
    }
    guard notes != isSaid || Set(released) != Set(known.released ?? []).intersection(ids) else { return }
    turn.note = JobsNote(images: notes.isEmpty ? nil : notes, released: released.isEmpty ? nil : released)
    if !Set(released).isSubset(of: known.released ?? []) { turn.isUrgent = true }
  }

  private func note(_ name: String, _ image: NodeImage, _ report: NodeImage) -> JobsImage {
    var note = JobsImage()
    if atWork.contains(name) {
      note.state = .pulling
      note.attempts = image.attempts
      guard image.state == .pulling else { return note }
      note.reason = image.reason
      note.message = image.message
      return note
    }
    if image.state == .present, let checkedAt = image.checkedAt, report.checkedAt.map({ $0 < checkedAt }) ?? true {
      note.checkedAt = checkedAt
    }
    note.attempts = image.attempts
    let hasFailed = image.state == .failed || (image.state == .present && image.retryAt != nil)
    // What the agent itself says is wrong needn't be said again.
    guard hasFailed, report.state != .failed, report.retryAt == nil else { return note }
    note.state = .failed
    note.reason = image.reason
    note.message = image.message
    note.retryAt = image.retryAt
    return note
  }
}

extension JobPicture {
  /// When something last happened in it.
  var lastTime: Timestamp {
    let statuses = pods.flatMap { ($0.status?.containerStatuses ?? []).compactMap { $0.state?.lastTime } }
    return max(createdAt, statuses.max() ?? createdAt)
  }
}
