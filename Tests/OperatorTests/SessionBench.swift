import Execution
import Foundation
import KubernetesClient
import KubernetesRuntime
import Logging
import Operator
import Planning
import SwiftletAPI
import Synchronization
import Testing

/// A whole controller but for its informers: the stores follow an API server in memory at once, or not while a test
/// holds them back.
final class SessionBench: Sendable {
  let api = FakeAPI()
  let router = ChangeRouter()
  let events = EventLog()
  let nodes = Store<Node>()
  let agents = Store<Pod>(indexes: [AgentPods.nodeIndex: AgentPods.node])
  let inventories = Store<NodeInventory>()
  let budgets = Store<PullBudget>()
  let sets = Store<ImageSet>()
  let caches = Store<ImageCache>()
  let pauses = Store<ConfigMap>()
  let jobs = Store<Job>(indexes: [JobStores.nodeIndex: JobStores.node(of:)])
  let jobPods = Store<Pod>(indexes: [JobStores.nodeIndex: JobStores.node(of:)])
  /// Set where there are Jobs.
  let execution: JobsConfiguration?

  init(nodes names: [String] = ["n1"], jobs execution: JobsConfiguration? = nil, hasAgents: Bool? = nil) throws {
    self.execution = execution
    api.observe { [weak self] resource, key, document in
      do {
        try self?.follow(resource, key, document)
      } catch {
        Issue.record(error)
      }
    }
    try api.put(Samples.definition())
    try api.put(Samples.definition("imagecaches.kubefledged.io"))
    for name in names {
      try api.put(Samples.node(name))
      if hasAgents ?? (execution == nil) { try api.put(Samples.agent(on: name)) }
    }
  }

  private func follow(_ resource: String, _ key: ObjectKey, _ document: JSONValue?) throws {
    switch resource {
    case "nodes":
      try update(nodes, key, document)
      router.send(.node(key.name))
    case "pods":
      guard key.namespace == "swiftlet-system" else { return }
      guard !key.name.hasPrefix("swiftlet-") else {
        try update(jobPods, key, document)
        return router.send(.jobs("n1"))
      }
      try update(agents, key, document)
      router.send(.node(String(key.name.dropFirst("agent-".count))))
    case "nodeinventories":
      if let old = try update(inventories, key, document) { router.removed(inventory: old) }
      router.send(.inventory(key.name))
    case "jobs":
      try update(jobs, key, document)
      router.send(.jobs("n1"))
    case "pullbudgets":
      try update(budgets, key, document)
      router.send(.budget(key.name))
    case "configmaps":
      try update(pauses, key, document)
      router.send(.pause)
    case "imagesets":
      try update(sets, key, document)
      router.send(.object(ObjectRef(kind: "ImageSet", key: key)))
    case "imagecaches":
      try update(caches, key, document)
      router.send(.object(ObjectRef(kind: "ImageCache", key: key)))
    default: break
    }
  }

  /// - Returns: the object that was removed.
  @discardableResult
  private func update<R: KubernetesResource>(_ store: Store<R>, _ key: ObjectKey, _ document: JSONValue?) throws -> R? {
    if let document {
      _ = store.upsert(try document.decoded())
      return nil
    }
    let old = store[key]
    _ = store.remove(key)
    return old
  }

  /// Runs a controller that leads, for as long as `body` does.
  func lead(
    mayWrite: @escaping @Sendable () -> Bool = { true }, _ body: @escaping @Sendable () async throws -> Void
  ) async throws {
    let stores = ClusterStores(
      nodes: nodes, agents: agents, inventories: inventories, budgets: budgets,
      pauses: pauses)
    let start = ContinuousClock.now
    let session = LeaderSession(
      api: api, namespace: "swiftlet-system", stores: stores,
      frontEnds: [
        FrontEndRunner(ImageSetFrontEnd(), store: sets) { false },
        FrontEndRunner(ImageCacheFrontEnd(), store: caches) { false },
      ], router: router, events: events, jobs: jobsExecution(), now: { Instant(Timestamp(Date())) },
      elapsed: { ContinuousClock.now - start },
      logger: Logger(label: "test"))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        do {
          try await session.run(mayWrite: mayWrite)
        } catch is CancellationError {
          // The end of the test.
        }
      }
      group.addTask { try await body() }
      try await group.next()
      group.cancelAll()
      try await group.waitForAll()
    }
  }

  private func jobsExecution() -> JobsExecution? {
    guard let execution else { return nil }
    _ = jobs.replace(with: jobs.all)
    _ = jobPods.replace(with: jobPods.all)
    return JobsExecution(configuration: execution, stores: JobStores(jobs: jobs, pods: jobPods))
  }

  func set(_ name: String = "web") throws -> ImageSet? { try api.read(ImageSet.self, name) }

  func inventory(_ name: String = "n1") throws -> NodeInventory? { try api.read(NodeInventory.self, name) }

  /// The node's agent answers to its plan, and nothing is there yet.
  func answer(_ node: String = "n1") throws {
    try api.change(NodeInventory.self, node) { inventory in
      var status = inventory.status ?? NodeInventoryStatus()
      status.nodeUID = inventory.spec.nodeUID
      status.observedGeneration = inventory.metadata.generation
      inventory.status = status
    }
  }

  /// What a node's agent would report after it carried out the plan: everything is there, the turns are given back,
  /// and what it may remove is gone.
  func carryOut(_ node: String = "n1", failing: String? = nil) throws {
    try api.change(NodeInventory.self, node) { inventory in
      var status = inventory.status ?? NodeInventoryStatus()
      status.nodeUID = inventory.spec.nodeUID
      status.observedGeneration = inventory.metadata.generation
      var images = status.images ?? [:]
      for (name, planned) in inventory.spec.images ?? [:] {
        if planned.adopt == true, images[name]?.state == .present, images[name]?.origin == .found {
          images[name]?.origin = .adopted
          images[name]?.retention = .delete
        }
        if images[name]?.state == .present, let fresh = planned.freshAfter, planned.hold != true {
          let checked = images[name]?.checkedAt ?? fresh
          images[name]?.checkedAt = max(checked, fresh)
        }
        guard images[name] == nil || images[name]?.state == .waiting else { continue }
        guard planned.hold != true else {
          images[name] = NodeImage(state: .waiting)
          continue
        }
        if let failing {
          images[name] = NodeImage(state: .failed)
          images[name]?.reason = "ConnectionRefused"
          images[name]?.message = failing
          images[name]?.attempts = 1
          continue
        }
        var image = NodeImage(state: .present)
        image.origin = .pulled
        image.checkedAt = planned.freshAfter
        image.retention = planned.effectiveRetention
        images[name] = image
      }
      for name in (inventory.spec.removals ?? [:]).keys { images[name] = nil }
      for (name, image) in images where inventory.spec.images?[name] == nil && image.state == .waiting {
        images[name] = nil
      }
      status.images = images
      status.released = inventory.spec.grants?.map(\.id)
      inventory.status = status
    }
  }
}

/// Keeps events.
final class EventLog: EventSink {
  private let state = Mutex<[String]>([])

  func record(_ event: StatusEvent, regarding object: ObjectReference, action: String) {
    state.withLock {
      $0.append("\(event.isWarning ? "Warning" : "Normal") \(object.kind ?? "")/\(object.name ?? "") \(event.reason)")
    }
  }

  var all: [String] { state.withLock { $0 } }
}
