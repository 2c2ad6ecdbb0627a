import Execution
package import KubernetesClient
package import KubernetesRuntime

/// What informers know of Swiftlet's Jobs and their pods, with the index `nodeIndex`.
package struct JobStores: Sendable {
  /// The index of Jobs and their pods by node.
  package static let nodeIndex = "node"

  package let jobs: Store<Job>
  package let pods: Store<Pod>

  package init(jobs: Store<Job>, pods: Store<Pod>) {
    self.jobs = jobs
    self.pods = pods
  }

  package var isSynced: Bool { jobs.isSynced && pods.isSynced }

  @Sendable package static func node(of job: Job) -> [String] { node(job.metadata) }

  @Sendable package static func node(of pod: Pod) -> [String] { node(pod.metadata) }

  private static func node(_ metadata: ObjectMeta) -> [String] {
    metadata.annotations?[JobOrder.nodeAnnotation].map { [$0] } ?? []
  }
}
