import KubernetesClient

/// Jobs whose one container mounts all their images.
///
/// A kubelet pulls the images of all volumes, one after the other and whatever becomes of them, before it starts a
/// container; of several that failed, the container's status names one. So that it has run says that all of them are
/// there, and that it is kept waiting says nothing that is certain of any: then they go into a Job that starts each.
extension JobVerdict {
  /// How long such a Job may be without a result. What takes longer is better off in a Job that tells of each image as it
  /// comes, and the time that a container's start takes is nothing to it.
  package static let mountPatience = Duration.seconds(60)

  mutating func judgeMounts(of job: JobPicture, deadline: Duration, now: Timestamp) {
    var isAsOrdered = false
    for pod in job.pods where pod.spec?.containers != nil {
      guard take(pod, of: job) else { return stall() }
      isAsOrdered = true
    }
    guard !isSettled else { return }
    if job.ending?.type == "Complete" {
      // Without a pod nobody knows what it mounted.
      let outcome = isAsOrdered ? Outcome.present(digest: nil, id: nil) : .returned
      outcomes = outcomes.map { $0 == .pending ? outcome : $0 }
      return
    }
    if let failure = Self.failure(of: job, now: now) {
      // What keeps pods with such volumes out may let others in.
      guard failure.reason != Self.noPod else { return stall() }
      self.failure = failure
      outcomes = outcomes.map { $0 == .pending ? .failed(failure) : $0 }
      return
    }
    let live = job.pods.first { $0.metadata.deletionTimestamp == nil }
    guard let start = live?.status?.startTime else {
      wakeAt = job.createdAt + Self.podDeadline
      return
    }
    let end = start + min(deadline, Self.mountPatience)
    guard now < end else { return stall() }
    wakeAt = end
  }

  private mutating func stall() {
    isStalled = true
    outcomes = outcomes.map { $0 == .pending ? .returned : $0 }
  }

  /// - Returns: false where the pod lacks images of the order, so that whatever it says means nothing.
  private mutating func take(_ pod: Pod, of job: JobPicture) -> Bool {
    let volumes = pod.spec?.volumes ?? []
    for (index, item) in job.order.items.enumerated() {
      let volume = volumes.first { $0.name == JobManifest.volume(index) }
      guard let real = volume?.image?.reference, !real.isEmpty else { return false }
      if real != item.image { outcomes[index] = .failed(Self.rewritten(real)) }
    }
    let statuses = pod.status?.containerStatuses ?? []
    guard let status = statuses.first(where: { $0.name == JobManifest.mounter }) else { return true }
    if let waiting = status.state?.waiting {
      guard let reason = waiting.reason, !reason.isEmpty, !Self.isEarly(reason) else { return true }
      outcomes = outcomes.map { $0 == .pending ? .returned : $0 }
      return true
    }
    // The image that the status names is the starter's.
    let isLost = status.state?.terminated?.reason == "ContainerStatusUnknown"
    guard !isLost, status.state?.running != nil || status.state?.terminated != nil else { return true }
    for (index, outcome) in outcomes.enumerated() where outcome == .pending || outcome == .returned {
      let mount = status.volumeMounts?.first { $0.name == JobManifest.volume(index) }
      let identity = ImageIdentity(mount?.volumeStatus?.image?.imageRef ?? "")
      outcomes[index] = .present(digest: identity.digest, id: identity.id)
    }
    return true
  }
}
