import Execution
import KubernetesClient
import KubernetesRuntime
import Logging
import ServiceLifecycle
import SwiftletAPI

/// The informers that every replica runs, so that a standby can take over at once.
struct ClusterInformers: Sendable {
  let nodes: Informer<Node>
  let agents: Informer<Pod>
  let inventories: Informer<NodeInventory>
  let budgets: Informer<PullBudget>
  let sets: Informer<ImageSet>
  let caches: Informer<ImageCache>?
  let pauses: Informer<ConfigMap>
  /// Swiftlet's Jobs and their pods, where Jobs are used; planning doesn't wait for them.
  let jobs: (jobs: Informer<Job>, pods: Informer<Pod>)?

  /// - Parameters:
  ///   - frontEnds: the kinds beside ImageSet that are to be served.
  ///   - usesJobs: whether Jobs are to be followed.
  init(
    client: KubernetesClient, namespace: String, frontEnds: Set<OptionalFrontEnd>, usesJobs: Bool, logger: Logger
  ) {
    jobs =
      !usesJobs
      ? nil
      : (
        Informer(
          client: client, type: Job.self, labelSelector: JobManifest.labelSelector,
          indexes: [JobStores.nodeIndex: JobStores.node(of:)], transform: { $0.trimmedForExecution }, logger: logger),
        Informer(
          client: client, type: Pod.self, labelSelector: JobManifest.labelSelector,
          indexes: [JobStores.nodeIndex: JobStores.node(of:)], transform: { $0.trimmedForExecution }, logger: logger)
      )
    nodes = Informer(client: client, type: Node.self, transform: { $0.trimmed }, logger: logger)
    agents = Informer(
      client: client, type: Pod.self, scope: .namespace(namespace), labelSelector: AgentPods.labelSelector,
      indexes: [AgentPods.nodeIndex: AgentPods.node], transform: AgentPods.trimmed, logger: logger)
    inventories = Informer(client: client, type: NodeInventory.self, logger: logger)
    budgets = Informer(client: client, type: PullBudget.self, logger: logger)
    sets = Informer(client: client, type: ImageSet.self, logger: logger)
    caches = frontEnds.contains(.imageCache) ? Informer(client: client, type: ImageCache.self, logger: logger) : nil
    pauses = Informer(
      client: client, type: ConfigMap.self, scope: .named(ClusterPause.name, namespace: namespace), logger: logger)
  }

  var services: [any Service] {
    var services: [any Service] = [nodes, agents, inventories, budgets, sets, pauses]
    if let caches { services.append(caches) }
    if let jobs { services += [jobs.jobs, jobs.pods] }
    return services
  }

  var jobStores: JobStores? { jobs.map { JobStores(jobs: $0.jobs.store, pods: $0.pods.store) } }

  var stores: ClusterStores {
    ClusterStores(
      nodes: nodes.store, agents: agents.store, inventories: inventories.store, budgets: budgets.store,
      pauses: pauses.store)
  }

  /// Tells the router what changes. To be called once, before the informers run.
  func report(to router: ChangeRouter) {
    nodes.observe { change in
      if let key = change.key { router.send(.node(key.name)) }
    }
    agents.observe { change in
      switch change {
      case .upserted(let old, let new):
        let names = Set([old?.spec?.nodeName, new.spec?.nodeName].compactMap { $0 })
        for name in names { router.send(.node(name)) }
      case .removed(let pod):
        if let name = pod.spec?.nodeName { router.send(.node(name)) }
      case .synced: break
      }
    }
    inventories.observe { change in
      switch change {
      case .upserted(_, let new): router.send(.inventory(new.key.name))
      case .removed(let old): router.removed(inventory: old)
      case .synced: break
      }
    }
    budgets.observe { change in
      if let key = change.key { router.send(.budget(key.name)) }
    }
    pauses.observe { _ in router.send(.pause) }
    jobs?.jobs.observe { change in tell(router, of: change, JobStores.node(of:)) }
    jobs?.pods.observe { change in tell(router, of: change, JobStores.node(of:)) }
    report(sets, of: ImageSetFrontEnd.kind, to: router)
    if let caches { report(caches, of: ImageCacheFrontEnd.kind, to: router) }
  }

  private func report<R>(_ objects: Informer<R>, of kind: String, to router: ChangeRouter) {
    objects.observe { change in
      if let key = change.key { router.send(.object(ObjectRef(kind: kind, key: key))) }
    }
    objects.observeAvailability { _ in router.send(.kind(kind)) }
  }

  private func tell<R>(_ router: ChangeRouter, of change: StoreChange<R>, _ node: (R) -> [String]) {
    switch change {
    case .upserted(_, let object), .removed(let object):
      for name in node(object) { router.send(.jobs(name)) }
    case .synced: router.send(.jobsSynced)
    }
  }

  /// Waits until everything is there that planning needs. The kinds of front ends aren't: one that can't be read is unknown.
  func waitUntilSynced(logger: Logger) async throws {
    let waits: [@Sendable () async throws -> Void] = [
      { try await nodes.waitUntilSynced() }, { try await agents.waitUntilSynced() },
      { try await inventories.waitUntilSynced() }, { try await budgets.waitUntilSynced() },
      { try await pauses.waitUntilSynced() },
    ]
    for wait in waits {
      while true {
        do {
          try await wait()
          break
        } catch let error as InformerError {
          logger.warning("planning waits for the cluster's state", metadata: ["error": "\(error)"])
        }
      }
    }
  }

  /// What isn't there yet, in words; nil when everything is.
  var missing: String? {
    func state<R>(_ informer: Informer<R>) -> String? {
      guard !informer.store.isSynced else { return nil }
      let name = R.resourceType.resource
      if case .unavailable(let reason) = informer.availability { return "\(name): \(reason)" }
      return "\(name): not listed yet"
    }
    let states = [
      state(nodes), state(agents), state(inventories), state(budgets), state(sets), state(pauses),
      caches.flatMap { state($0) },
    ]
    let missing = states.compactMap { $0 }
    return missing.isEmpty ? nil : missing.joined(separator: "; ")
  }
}
