import Execution
import KubernetesClient
import KubernetesRuntime

/// The Jobs' part in a controller: what is configured, and what informers know.
package struct JobsExecution: Sendable {
  package let configuration: JobsConfiguration
  package let stores: JobStores

  package init(configuration: JobsConfiguration, stores: JobStores) {
    self.configuration = configuration
    self.stores = stores
  }
}

/// The same for one term of leadership.
struct JobsTerm: Sendable {
  let stores: JobStores
  let book: JobBook
  let claim: JobsClaim
  let reconciler: JobsReconciler

  init(_ execution: JobsExecution, context: SessionContext) {
    stores = execution.stores
    book = JobBook(stores: execution.stores, elapsed: context.elapsed)
    claim = JobsClaim(mode: execution.configuration.mode, elapsed: context.elapsed)
    reconciler = JobsReconciler(configuration: execution.configuration, book: book, context: context)
  }

  /// Takes in the Jobs that there are now, by a quorum read: one that the last leader made a moment ago counts.
  func load(_ api: any ClusterAPI) async throws(KubernetesError) {
    let options = ListOptions(labelSelector: JobManifest.labelSelector)
    for job in try await api.listAll(Job.self, namespace: nil, options: options).items where stores.jobs[job.key] == nil
    {
      book.made(job)
    }
  }
}
