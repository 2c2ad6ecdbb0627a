import Execution
package import KubernetesClient
import KubernetesRuntime
import SwiftletAPI

/// Takes away what an installer doesn't know of: pins on nodes, and objects that Swiftlet made while it ran.
package struct Leave: Sendable {
  /// For how long the controllers may end; they need no longer than their pods' grace period.
  package static let patienceForControllers = Duration.seconds(45)

  /// API servers remember a token that they have looked at for ten seconds.
  package static let tokenMemory = Duration.seconds(12)

  private let client: KubernetesClient
  private let namespace: String
  private let timeout: Duration
  private let interval: Duration
  private let patienceForControllers: Duration
  private let tokenMemory: Duration
  private let say: @Sendable (String) -> Void

  /// - Parameters:
  ///   - timeout: how long the nodes may take; zero leaves the pins.
  ///   - interval: how often is looked.
  ///   - patienceForControllers: how long these may take to end.
  ///   - tokenMemory: for how long the account of a controller that hasn't ended may be good after it was deleted.
  package init(
    client: KubernetesClient, namespace: String, timeout: Duration, interval: Duration = .seconds(1),
    patienceForControllers: Duration = Self.patienceForControllers, tokenMemory: Duration = Self.tokenMemory,
    say: @escaping @Sendable (String) -> Void
  ) {
    self.client = client
    self.namespace = namespace
    self.timeout = timeout
    self.interval = interval
    self.patienceForControllers = patienceForControllers
    self.tokenMemory = tokenMemory
    self.say = say
  }

  /// Does all of it.
  ///
  /// - Throws: `CommandFailure` where something couldn't be done; not where nodes don't answer.
  package func run() async throws {
    do {
      try await endControllers()
      if timeout > .zero { try await releaseNodes() }
      try await freeImageCaches()
      try await deleteJobs()
      try await deleteObjects()
    } catch let error as KubernetesError {
      throw CommandFailure("Leaving isn't complete: \(Escaping.visible("\(error)"))")
    }
  }

  // The controllers first: nobody gives a node work any more. They give their lease back as they end.
  private func endControllers() async throws {
    let name = ControllerDeployment.name
    let patch = Patch.merge(["spec": ["replicas": 0]])
    guard
      try await unlessGone({ () async throws(KubernetesError) in
        try await client.patch(ControllerDeployment.self, name: name, namespace: namespace, patch: patch)
      }) != nil
    else { return say("There is no controller.") }
    let isGone = try await wait(within: patienceForControllers) {
      let found = try await unlessGone { () async throws(KubernetesError) in
        try await client.get(ControllerDeployment.self, name: name, namespace: namespace)
      }
      guard found?.isGone ?? true else { return false }
      // Pods that are about to end aren't counted; the leader gives the lease back when its work is over.
      let lease = try await unlessGone { () async throws(KubernetesError) in
        try await client.get(Lease.self, name: CredentialExchange.leaseName, namespace: namespace)
      }
      return (lease?.spec?.holderIdentity ?? "").isEmpty
    }
    guard !isGone else { return say("The controllers have ended.") }
    // On a node that doesn't answer one may run on, and would put back what goes: without its account it can't.
    try await unlessGone { () async throws(KubernetesError) in
      try await client.delete(ServiceAccount.self, name: name, namespace: namespace)
    }
    say("A controller hasn't ended; its account is deleted.")
    try await Task.sleep(for: tokenMemory)
  }

  // Each agent is replaced by a pod that takes back the node's pins, is ready then, and waits to be deleted.
  private func releaseNodes() async throws {
    let name = AgentDaemonSet.name
    let patch = Patch.json([
      .replace(path: "/spec/template/spec/containers/0/args", value: ["node", "release", "--stay"]),
      .replace(path: "/spec/updateStrategy", value: Self.allAtOnce),
    ])
    guard
      try await unlessGone({ () async throws(KubernetesError) in
        try await client.patch(AgentDaemonSet.self, name: name, namespace: namespace, patch: patch)
      }) != nil
    else { return say("There are no agents.") }
    let last = LastProgress()
    let isDone = try await wait(within: timeout) {
      let found = try await unlessGone { () async throws(KubernetesError) in
        try await client.get(AgentDaemonSet.self, name: name, namespace: namespace)
      }
      guard let found else { return true }
      guard let progress = found.progress else { return false }
      await last.set(progress)
      return progress.ready >= progress.of
    }
    let (ready, total) = await last.progress
    say("\(ready) of \(total) nodes gave up their pins.")
    if !isDone {
      say("The others didn't answer: run `swiftlet node release` on those that are pinned.")
    }
  }

  private static let allAtOnce: JSONValue = ["type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": "100%"]]

  // A finalizer, with which nobody would deal from now on.
  private func freeImageCaches() async throws {
    let caches = try await unlessGone { () async throws(KubernetesError) in
      try await client.listAll(BareImageCache.self).items
    }
    let held = (caches ?? []).filter { ($0.metadata.finalizers ?? []).contains(ImageCacheAnnotation.finalizer) }
    guard !held.isEmpty else { return }
    for cache in held {
      try await Finalizers.remove(ImageCacheAnnotation.finalizer, from: cache, client: client)
    }
    say("\(held.count) ImageCaches don't wait for Swiftlet any more; they stay.")
  }

  // They run where their pull secrets are, and their pods go on without a controller.
  private func deleteJobs() async throws {
    let selected = ListOptions(labelSelector: JobManifest.labelSelector)
    let found = try await unlessGone { () async throws(KubernetesError) in
      try await client.listAll(Job.self, options: selected).items
    }
    guard let jobs = found, !jobs.isEmpty else { return }
    for job in jobs {
      try await unlessGone { () async throws(KubernetesError) in
        try await client.delete(
          Job.self, name: job.key.name, namespace: job.key.namespace, options: DeleteOptions(propagation: .background))
      }
    }
    let namespaces = Set(jobs.compactMap(\.key.namespace)).sorted().joined(separator: ", ")
    say("\(jobs.count) Jobs are deleted, in \(namespaces).")
  }

  private func deleteObjects() async throws {
    // Where the kind is gone, so are its objects.
    let inventories = try await unlessGone { () async throws(KubernetesError) in
      try await client.listAll(NodeInventory.self).items
    }
    for inventory in inventories ?? [] {
      try await unlessGone { () async throws(KubernetesError) in
        try await client.delete(NodeInventory.self, name: inventory.key.name)
      }
    }
    try await unlessGone { () async throws(KubernetesError) in
      try await client.delete(Lease.self, name: CredentialExchange.leaseName, namespace: namespace)
    }
    try await unlessGone { () async throws(KubernetesError) in
      try await client.delete(ConfigMap.self, name: ClusterPause.name, namespace: namespace)
    }
  }

  /// Looks again and again until `condition` holds.
  ///
  /// - Returns: whether it did before `limit` had passed.
  private func wait(within limit: Duration, until condition: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + limit
    while true {
      if try await condition() { return true }
      guard ContinuousClock.now + interval < end else { return false }
      try await Task.sleep(for: interval)
    }
  }

  /// - Returns: nil where the object isn't there.
  @discardableResult
  private func unlessGone<Result: Sendable>(
    _ request: () async throws(KubernetesError) -> Result
  ) async throws(KubernetesError) -> Result? {
    do {
      return try await request()
    } catch {
      guard error.isNotFound else { throw error }
      return nil
    }
  }

  /// What was last seen of the nodes.
  private actor LastProgress {
    private(set) var progress: (ready: Int, of: Int) = (0, 0)

    func set(_ progress: (ready: Int, of: Int)) { self.progress = progress }
  }
}
