package import KubernetesClient

/// A Job with its pods, as last seen.
package struct JobPicture: Sendable, Hashable {
  package var key: ObjectKey
  package var uid: String
  package var order: JobOrder
  package var createdAt: Timestamp
  /// Its results have been taken over; it is only kept.
  package var isSettled: Bool
  package var isDeleting: Bool
  /// `Complete` or `Failed`, once it is over.
  package var ending: StatusCondition?
  package var pods: [Pod]

  /// Nil where the Job is none of Swiftlet's.
  package init?(_ job: Job, pods: [Pod]) {
    guard let text = job.metadata.annotations?[JobOrder.annotation], let order = JobOrder(text: text) else {
      return nil
    }
    key = job.key
    uid = job.metadata.uid ?? ""
    self.order = order
    createdAt = job.metadata.creationTimestamp ?? Timestamp(microseconds: 0)
    isSettled = job.metadata.annotations?[JobOrder.settledAnnotation] != nil
    isDeleting = job.metadata.deletionTimestamp != nil
    ending = job.status?.conditions?.first {
      ($0.type == "Complete" || $0.type == "Failed") && $0.status == .yes
    }
    self.pods = pods.filter { pod in
      pod.metadata.ownerReferences?.contains { $0.uid == job.metadata.uid } ?? false
    }
  }

  package var isOver: Bool { ending != nil }
}

extension Job {
  /// The Job without what isn't looked at.
  package var trimmedForExecution: Job {
    var job = self
    job.spec = nil
    job.metadata.finalizers = nil
    return job
  }
}

extension Pod {
  /// The pod of a Job without what isn't looked at.
  package var trimmedForExecution: Pod {
    var pod = self
    pod.metadata.labels = nil
    pod.metadata.finalizers = nil
    pod.spec = PodSpec(
      nodeName: spec?.nodeName, containers: spec?.containers?.map { PodContainer(name: $0.name, image: $0.image) },
      volumes: spec?.volumes?.filter { $0.image != nil })
    pod.status?.conditions = status?.conditions?.filter { $0.type == "PodScheduled" && $0.status == .no }
    return pod
  }
}
