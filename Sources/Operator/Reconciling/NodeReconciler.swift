import KubernetesClient
package import KubernetesRuntime
package import Logging
import Planning
import SwiftletAPI

/// Brings one node's NodeInventory to what the engine plans.
///
/// Every write carries the version that the plan was made from, and is done only while the term is valid. So a leader
/// of the past can't overwrite what its successor planned.
package struct NodeReconciler: Sendable {
  /// How often a write is planned anew within one go after somebody else changed the object, as an agent often does.
  static let maxAttempts = 5
  /// When a node is looked at again that conflicted so often.
  static let busyDelay = Duration.milliseconds(500)

  private let api: any ClusterAPI
  private let engine: Engine
  private let mayWrite: @Sendable () -> Bool
  private let route: @Sendable (EngineOutput) -> Void
  private let logger: Logger

  /// - Parameters:
  ///   - mayWrite: whether this process still leads.
  ///   - route: passes on what follows from a change.
  package init(
    api: any ClusterAPI, engine: Engine, mayWrite: @escaping @Sendable () -> Bool,
    route: @escaping @Sendable (EngineOutput) -> Void, logger: Logger
  ) {
    self.api = api
    self.engine = engine
    self.mayWrite = mayWrite
    self.route = route
    self.logger = logger
  }

  private enum Outcome {
    case settled
    case again
    case later(Duration)
  }

  /// - Throws: the API's error; the node is to be tried again with back-off.
  package func reconcile(_ name: String) async throws -> Action {
    for _ in 0..<Self.maxAttempts {
      guard mayWrite() else { return .settled }
      switch try await attempt(name) {
      case .settled: return .settled
      case .later(let delay): return .requeue(after: delay)
      case .again: continue
      }
    }
    return .requeue(after: Self.busyDelay)
  }

  private func attempt(_ name: String) async throws -> Outcome {
    var (work, output) = await engine.plan(name)
    route(output)
    if let base = work.base, base.spec.nodeUID != work.nodeUID {
      if work.plan.spec != nil { route(await engine.failed(name, ambiguous: false)) }
      return try await removeOrphan(base)
    }
    var podFailure: KubernetesError?
    if work.plan.needsPodCheck {
      do throws(KubernetesError) {
        let pods = try await api.listAll(
          Pod.self, namespace: nil, options: ListOptions(fieldSelector: "spec.nodeName=\(name)"))
        (work, output) = await engine.plan(name, usedByPods: PodImages.used(by: pods.items))
        route(output)
      } catch {
        // Without that list nothing is removed, but pulls needn't wait for it.
        podFailure = error
      }
    }
    let outcome = try await write(work, name: name)
    if let podFailure { throw podFailure }
    return outcome
  }

  // MARK: Writing

  private func write(_ work: NodeWork, name: String) async throws -> Outcome {
    guard let spec = work.plan.spec else { return .settled }
    guard let nodeUID = work.nodeUID, mayWrite() else {
      route(await engine.failed(name, ambiguous: false))
      return .settled
    }
    do throws(KubernetesError) {
      let written = try await send(NodeInventorySpec(spec), base: work.base, name: name, nodeUID: nodeUID)
      OperatorMetrics.count(.written)
      route(await engine.committed(name, written))
      return .settled
    } catch {
      return try await recover(from: error, name: name, base: work.base)
    }
  }

  private func send(
    _ spec: NodeInventorySpec, base: NodeInventory?, name: String, nodeUID: String
  ) async throws(KubernetesError) -> NodeInventory {
    let owner = OwnerReference(apiVersion: "v1", kind: "Node", name: name, uid: nodeUID)
    guard let base else {
      let object = NodeInventory(metadata: ObjectMeta(name: name, ownerReferences: [owner]), spec: spec)
      return try await api.create(object, options: WriteOptions())
    }
    // The status is the agent's, and may be large.
    var old = base
    old.status = nil
    var desired = old
    desired.spec = spec
    if !(base.metadata.ownerReferences ?? []).contains(where: { $0.uid == nodeUID }) {
      desired.metadata.ownerReferences = (base.metadata.ownerReferences ?? []) + [owner]
    }
    guard let patch = try DifferencePatch.between(old, desired) else { return base }
    return try await api.patch(
      NodeInventory.self, name: name, namespace: nil, patch: .merge(patch), subresource: nil, options: WriteOptions())
  }

  /// Looks at the object again where the write showed, or may show, that it isn't what was thought.
  private func recover(from error: KubernetesError, name: String, base: NodeInventory?) async throws -> Outcome {
    let isStale = error.isConflict || error.isAlreadyExists || (error.isNotFound && base != nil)
    let mayHaveHappened = error.isAmbiguous
    OperatorMetrics.count(isStale ? .conflict : mayHaveHappened ? .ambiguous : .failed)
    route(await engine.failed(name, ambiguous: mayHaveHappened))
    guard isStale || mayHaveHappened else { throw error }
    let found = try await api.find(NodeInventory.self, name: name)
    var removed: Set<String> = []
    if let old = base?.metadata.uid, found?.metadata.uid != old { removed.insert(old) }
    route(await engine.observe(inventory: name, found, removed: removed))
    guard isStale else { throw error }
    logger.debug("the inventory had changed; planning again", metadata: ["k8s.node.name": "\(name)"])
    return .again
  }

  // MARK: Orphans

  /// Deletes an inventory whose Node is gone or was replaced, once the API server says so; the garbage collector may
  /// come first.
  private func removeOrphan(_ base: NodeInventory) async throws -> Outcome {
    let name = base.metadata.name ?? ""
    let node = try await api.find(Node.self, name: name)
    // The informer is behind: it will tell.
    guard node?.metadata.uid != base.spec.nodeUID else { return .later(.seconds(5)) }
    guard let uid = base.metadata.uid, mayWrite() else { return .settled }
    do throws(KubernetesError) {
      try await api.delete(
        NodeInventory.self, name: name, namespace: nil, options: DeleteOptions(preconditionUID: uid))
      logger.info("deleted the inventory of a node that is gone", metadata: ["k8s.node.name": "\(name)"])
    } catch {
      guard error.isNotFound || error.isConflict else { throw error }
    }
    route(await engine.observe(inventory: name, try await api.find(NodeInventory.self, name: name), removed: [uid]))
    return node == nil ? .settled : .again
  }
}
