import Execution
import KubernetesClient
import SwiftletAPI

extension ModelNode {
  /// The Job controller makes a pod, or the kubelet goes one step on.
  mutating func step(_ index: Int) {
    guard !runs[index].isDeleted, runs[index].job.status?.conditions == nil else { return }
    guard runs[index].pod != nil else { return makePod(index) }
    switch runs[index].order.kind {
    case .pull where runs[index].order.mountsImages == true: mount(index)
    case .pull: pullNext(index)
    case .look: report(index, look(runs[index].order))
    case .remove: report(index, remove(runs[index].order))
    }
  }

  private mutating func makePod(_ index: Int) {
    let owner = OwnerReference(
      apiVersion: "batch/v1", kind: "Job", name: "j", uid: runs[index].job.metadata.uid ?? "", controller: true)
    let containers = runs[index].order.items.enumerated().map {
      PodContainer(name: JobManifest.container($0.offset), image: $0.element.image)
    }
    var pod = Pod(
      metadata: ObjectMeta(name: "p", ownerReferences: [owner]), spec: PodSpec(nodeName: "n1", containers: containers))
    pod.status = PodStatus(phase: "Pending", startTime: now.wholeSeconds)
    let done = ContainerState(terminated: .init(exitCode: 0, reason: "Completed", finishedAt: now.wholeSeconds))
    pod.status?.initContainerStatuses = [ContainerStatus(name: "starter", state: done)]
    pod.status?.containerStatuses = containers.map {
      ContainerStatus(
        name: $0.name, image: $0.image, state: ContainerState(waiting: .init(reason: "PodInitializing")))
    }
    if runs[index].order.mountsImages == true { addMounts(to: &pod, runs[index].order) }
    runs[index].pod = pod
  }

  private func addMounts(to pod: inout Pod, _ order: JobOrder) {
    pod.spec?.containers = [PodContainer(name: JobManifest.mounter, image: settings.starterImage)]
    pod.spec?.volumes = order.items.enumerated().map {
      PodVolume(
        name: JobManifest.volume($0.offset),
        image: dropsVolumes ? nil : ImageVolumeSource(reference: $0.element.image))
    }
    pod.status?.initContainerStatuses = nil
    let waiting = ContainerState(waiting: .init(reason: "ContainerCreating"))
    pod.status?.containerStatuses = [ContainerStatus(name: JobManifest.mounter, state: waiting)]
  }

  /// All images are pulled before the container starts; of several that fail, the last one is named.
  private mutating func mount(_ index: Int) {
    guard !isStuck else { return }
    let images = (runs[index].pod?.spec?.volumes ?? []).compactMap { $0.image?.reference }
    var status = ContainerStatus(
      name: JobManifest.mounter, imageID: "starter@sha256:" + String(repeating: "5", count: 64))
    status.state = ContainerState(
      terminated: .init(exitCode: 0, reason: "Completed", finishedAt: now.wholeSeconds))
    for image in images {
      guard broken.contains(image), !onNode.contains(image) else {
        onNode.insert(image)
        continue
      }
      status.imageID = nil
      status.state = ContainerState(
        waiting: .init(reason: "ErrImagePull", message: "rpc error: code = NotFound desc = \(image): not found"))
    }
    runs[index].pod?.status?.containerStatuses = [status]
    finish(index)
  }

  private mutating func pullNext(_ index: Int) {
    guard var statuses = runs[index].pod?.status?.containerStatuses,
      let next = statuses.firstIndex(where: { $0.state?.waiting?.reason == "PodInitializing" })
    else { return finish(index) }
    let image = statuses[next].image ?? ""
    if broken.contains(image) {
      statuses[next].state = ContainerState(
        waiting: .init(reason: "ErrImagePull", message: "rpc error: code = NotFound desc = \(image): not found"))
    } else {
      onNode.insert(image)
      statuses[next].imageID = "\(image)@sha256:" + String(repeating: "a", count: 64)
      statuses[next].state = ContainerState(
        terminated: .init(exitCode: 0, reason: "Completed", finishedAt: now.wholeSeconds))
    }
    runs[index].pod?.status?.containerStatuses = statuses
    if statuses.allSatisfy({ $0.state?.terminated != nil }) { finish(index) }
  }

  mutating func finish(_ index: Int) {
    guard runs[index].job.status?.conditions == nil else { return }
    let statuses = runs[index].pod?.status?.containerStatuses ?? []
    let isComplete = statuses.allSatisfy { $0.state?.terminated != nil }
    guard isComplete else { return }
    runs[index].job.status = JobStatus(conditions: [StatusCondition(type: "Complete", status: .yes)])
  }

  /// The pod is evicted.
  mutating func evict(_ index: Int) {
    guard runs[index].pod != nil, runs[index].job.status?.conditions == nil else { return }
    runs[index].pod?.status?.phase = "Failed"
    runs[index].pod?.status?.reason = "Evicted"
    runs[index].job.status = JobStatus(
      conditions: [StatusCondition(type: "Failed", status: .yes, reason: "BackoffLimitExceeded")])
  }

  private func look(_ order: JobOrder) -> JobReport {
    var present: [Int: String] = [:]
    for (place, item) in order.items.enumerated() where onNode.contains(item.image) {
      present[place] = String(repeating: "a", count: 64)
    }
    return JobReport(present: present)
  }

  private mutating func remove(_ order: JobOrder) -> JobReport {
    var removals: [Int: JobReport.Removal] = [:]
    for (place, item) in order.items.enumerated() {
      guard let until = order.until, now < until else {
        removals[place] = .skipped
        continue
      }
      if inUse.contains(item.image), onNode.contains(item.image) {
        removals[place] = .inUse
        continue
      }
      if foreign.contains(item.image) { problems.append("removed \(item.image), which was there before") }
      onNode.remove(item.image)
      removals[place] = .gone
    }
    return JobReport(removals: removals)
  }

  private mutating func report(_ index: Int, _ report: JobReport) {
    do {
      let text = try report.text
      if text.utf8.count > 4096 { problems.append("a report of \(text.utf8.count) bytes") }
      let ended = ContainerState(
        terminated: .init(exitCode: 0, reason: "Completed", message: text, finishedAt: now.wholeSeconds))
      runs[index].pod?.status?.containerStatuses = [ContainerStatus(name: JobManifest.helper(0), state: ended)]
      runs[index].pod?.status?.phase = "Succeeded"
      runs[index].job.status = JobStatus(conditions: [StatusCondition(type: "Complete", status: .yes)])
    } catch {
      problems.append("\(error)")
    }
  }

  // MARK: The planner, in short

  /// Gives a grant where something is due and none is in force, and permits removals.
  mutating func plan(pulls: Int = 1) {
    let planned = inventory.spec.images ?? [:]
    let released = Set(inventory.status?.released ?? [])
    let live = (inventory.spec.grants ?? []).filter { $0.until > now && !released.contains($0.id) }
    let isAnswered = inventory.status?.observedGeneration == inventory.metadata.generation
    let isDue = planned.keys.contains { name in
      guard let image = images[name] else { return true }
      return image.state != .present && image.state != .removing && (image.retryAt ?? now) <= now
    }
    if isDue, live.isEmpty, isAnswered || inventory.status == nil {
      uids += 1
      let grant = Grant(id: "g\(uids)", budget: "default", until: now + .seconds(120), pulls: pulls)
      changeSpec { $0.grants = [grant] }
    } else if let grant = live.first, grant.until - now < .seconds(60),
      isDue || images.values.contains(where: { $0.state == .pulling })
    {
      let until = now + .seconds(120)
      changeSpec { $0.grants?[0].until = until }
    }
    let removable = images.filter { name, image in
      planned[name] == nil && image.origin == .pulled && (image.retryAt ?? now) <= now
        && (inventory.spec.removals?[name].map { $0.until <= now } ?? true)
    }
    guard isAnswered, !removable.isEmpty else { return }
    let until = now + .seconds(120)
    changeSpec { spec in
      spec.removals = removable.mapValues { _ in RemovalPermit(until: until) }
    }
  }
}
