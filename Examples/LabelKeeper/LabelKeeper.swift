import KubernetesClient
import KubernetesRuntime
import Logging
import ServiceLifecycle
import UnixSignals

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A controller: gives every namespace the labels that the ConfigMap `label-keeper` lists, unless it has labels of those
/// names already.
///
/// Run as many as you like; one of them works, and another takes over when it goes. It needs get, list, watch and patch on
/// namespaces, and in its own namespace get and watch on that ConfigMap, and get, create and patch on leases.
@main
enum LabelKeeper {
  static func main() async throws {
    let logger = Logger(label: "label-keeper")
    let configuration = try ClientConfiguration.load(kubeconfig: nil, context: nil)
    let client = try KubernetesClient(
      configuration: configuration, options: ClientOptions(userAgent: "label-keeper/1"), logger: logger)

    let namespaces = Informer(client: client, type: Namespace.self, logger: logger)
    let defaults = Informer(
      client: client, type: ConfigMap.self, scope: .named("label-keeper", namespace: configuration.namespace),
      logger: logger)

    // What changes is looked at again; all namespaces, when the ConfigMap changes.
    let queue = WorkQueue<ObjectKey>(name: "namespaces")
    let addAll = { @Sendable in
      for key in namespaces.store.snapshot.keys { queue.add(key) }
    }
    namespaces.observe { change in
      if let key = change.key { queue.add(key) }
    }
    defaults.observe { _ in addAll() }

    let elector = LeaderElector(
      client: client, name: "label-keeper", namespace: configuration.namespace, identity: "\(UUID())", logger: logger
    ) { term in
      try await namespaces.waitUntilSynced()
      try await defaults.waitUntilSynced()
      addAll()
      let keeper = Keeper(client: client, namespaces: namespaces.store, defaults: defaults.store, term: term)
      try await Controller(name: "namespaces", queue: queue, logger: logger, reconcile: keeper.reconcile).run()
    }

    // Shut down in the order opposite to this: the controller first, so that the lease is given back.
    let group = ServiceGroup(
      services: [namespaces, defaults, elector], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    try await group.run()
    try await client.shutdown()
  }
}

struct Keeper {
  let client: KubernetesClient
  let namespaces: Store<Namespace>
  let defaults: Store<ConfigMap>
  let term: LeadershipTerm

  /// Looks at what is there and what should be, and writes the difference; nothing where there is none.
  func reconcile(_ key: ObjectKey) async throws -> Action {
    guard let namespace = namespaces[key], namespace.metadata.deletionTimestamp == nil else { return .settled }
    var wanted = namespace
    for (name, value) in defaults.all.first?.data ?? [:] where wanted.metadata.labels?[name] == nil {
      wanted.metadata.labels = (wanted.metadata.labels ?? [:]).merging([name: value]) { old, _ in old }
    }
    // A leader that was suspended may have been replaced meanwhile.
    guard term.isValid else { return .settled }
    // Fails with a conflict, and is tried again, where the namespace has changed since it was read.
    _ = try await client.update(namespace, to: wanted)
    return .settled
  }
}
