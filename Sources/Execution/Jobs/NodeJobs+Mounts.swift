import KubernetesClient
import SwiftletAPI

/// Images that are pulled together, as volumes of one container, and what becomes of them when that fails: each is then
/// started in a container of its own, so that its failure is what the kubelet says of it.
extension NodeJobs {
  /// Whether a Job mounts its images: only where most likely all goes well, and each of them is just to be there. After a
  /// failure, and where the registry is to be asked, it matters what came of which, and what the image now is.
  func mounts(_ batch: Batch, _ grant: Grant, count: Int) -> Bool {
    node.mountsImages && count > 1 && !batch.isApart && !batch.isRetry && !batch.isRefresh && grant.pacing == nil
  }

  /// Whether a Job that mounted images is over and its images aren't in another one yet. Until they are, it stays: it is
  /// all that tells that they are to be pulled apart.
  func isReplaceable(_ job: JobPicture, _ verdict: JobVerdict, _ newest: [String: ObjectKey]) -> Bool {
    guard job.order.mountsImages == true, verdict.isSettled, mayStay(job) else { return false }
    return zip(job.order.items, verdict.outcomes).contains { item, outcome in
      guard outcome == .returned, newest[item.image] == job.key, images[item.image]?.state != .present,
        let plan = planned[item.image]
      else { return false }
      return !plan.isOnHold && plan.effectiveExecutor != .agent
    }
  }

  /// The clocks of several API servers may differ.
  func isReplaced(_ job: JobPicture, by other: ObjectKey?) -> Bool {
    guard let other, let newer = jobs.first(where: { $0.key == other }) else { return false }
    return newer.order.replaces?.contains(job.key.name) ?? false
  }

  /// A Job that takes the place of another may be there beside it for a moment.
  var hasRoomForReplacement: Bool { turn.drafts.count - replaceable.count < limits.newJobs }

  /// What couldn't be replaced now keeps its place: its pod may still try.
  mutating func holdReplaceable() {
    for job in replaceable where job.order.items.contains(where: { !atWork.contains($0.image) }) {
      hold(job)
    }
  }
}
