package import Execution
package import KubernetesClient
package import Planning
package import SwiftletAPI

/// Owns the planner for one term of leadership, and the newest NodeInventories that this process knows of.
///
/// Does no I/O. Every call that teaches it something returns what is to be done then. A write of ours is fed back
/// with `committed` at once; what a watch delivers later is ignored while it is older than that.
package actor Engine {
  private struct Source {
    var revision: String
    var demands: [DemandID]
  }

  private var planner: ClusterPlanner
  private var inventories: [String: NodeInventory] = [:]
  private var nodes: [String: String] = [:]
  private var agents: Set<String> = []
  private var sources: [ObjectRef: Source] = [:]
  private var known: Set<String> = []
  private var grants = GrantCounts()
  private let now: @Sendable () -> Instant

  /// - Parameters:
  ///   - kinds: the kinds of all front ends. Each is unknown until `markKnown`.
  ///   - hasJobs: whether anybody makes Jobs.
  ///   - now: the time of day.
  package init(kinds: Set<String>, hasJobs: Bool = true, now: @escaping @Sendable () -> Instant) {
    planner = ClusterPlanner(kinds: kinds, hasJobs: hasJobs)
    self.now = now
  }

  // MARK: What there is

  /// To be called once, after the nodes, budgets and a fresh list of the NodeInventories were fed.
  package func begin() -> EngineOutput {
    planner.begin(now: now())
    return drain(also: Set(inventories.keys.filter(needsCare)))
  }

  /// - Parameters:
  ///   - node: nil where there is no such Node.
  ///   - hasAgent: whether an agent is up on it.
  ///   - hasJobs: whether Jobs may work on it, beside its agent or in its stead.
  package func observe(node name: String, _ node: Node?, hasAgent: Bool, hasJobs: Bool = false) -> EngineOutput {
    if let node {
      nodes[name] = node.metadata.uid ?? ""
      if hasAgent { agents.insert(name) } else { agents.remove(name) }
      planner.upsert(NodeFacts(node, hasAgent: hasAgent, hasJobs: hasJobs))
    } else {
      nodes[name] = nil
      agents.remove(name)
      planner.removeNode(name)
    }
    return drain(also: needsCare(name) ? [name] : [])
  }

  /// - Parameters:
  ///   - object: the NodeInventory as read; nil where the reader has none (yet, or any more).
  ///   - removed: UIDs that are known to be deleted.
  package func observe(
    inventory name: String, _ object: NodeInventory?, removed: Set<String> = []
  ) -> EngineOutput {
    if let object, !removed.contains(object.metadata.uid ?? "") {
      if let newest = inventories[name], ResourceVersion.isOlder(object.metadata, than: newest.metadata) {
        return drain()
      }
      learn(name, object)
    } else if let uid = inventories[name]?.metadata.uid, removed.contains(uid) {
      forget(name)
    }
    return drain(also: needsCare(name) ? [name] : [])
  }

  /// Takes a list for the whole truth: what isn't in it doesn't exist.
  package func load(inventories list: [NodeInventory]) {
    let names = Set(list.compactMap(\.metadata.name))
    for name in Array(inventories.keys) where !names.contains(name) { forget(name) }
    for object in list { learn(object.metadata.name ?? "", object) }
  }

  /// - Parameter limits: nil where there is no such budget, or an invalid one.
  package func observe(budget name: String, _ limits: BudgetLimits?) -> EngineOutput {
    planner.set(budget: name, limits: limits)
    return drain()
  }

  /// Whether everything in the cluster is to stand still.
  package func pause(_ isPaused: Bool) -> EngineOutput {
    planner.pauseAll(isPaused)
    return drain()
  }

  private func learn(_ name: String, _ object: NodeInventory) {
    inventories[name] = object
    grants.set(name, object)
    planner.observe(name, NodeObservation(object))
  }

  private func forget(_ name: String) {
    inventories[name] = nil
    grants.set(name, nil)
    planner.observe(name, nil)
  }

  /// Whether the inventory belongs to a Node that isn't there, or isn't there any more.
  private func needsCare(_ name: String) -> Bool {
    guard let inventory = inventories[name] else { return false }
    return nodes[name] != inventory.spec.nodeUID
  }

  // MARK: What is wanted

  /// The pull secrets of those of the images that the node's plan has now; what isn't in the plan is left out. Nil where
  /// that isn't known.
  package func pullSecrets(of node: String, for images: Set<ImageKey>) -> [ImageKey: [PullSecret]]? {
    planner.pullSecrets(of: node, for: images)
  }

  /// The newest NodeInventory that is known of.
  package func inventory(of node: String) -> NodeInventory? { inventories[node] }

  /// Where Jobs for images that the node lacks, or has as old copies, are to run, as far as that matters; nil where it
  /// isn't known.
  package func jobSources(of node: String) -> [String: JobSource]? {
    guard let inventory = inventories[node] else { return [:] }
    let lacking = (inventory.spec.images ?? [:]).filter { name, plan in
      guard let image = inventory.status?.images?[name], image.state == .present else { return true }
      guard let freshAfter = plan.freshAfter else { return false }
      return image.checkedAt.map { $0 < freshAfter } ?? true
    }
    let keys = Set(lacking.keys.map { ImageKey(normalized: $0) })
    guard let secrets = planner.pullSecrets(of: node, for: keys) else { return nil }
    let owners = planner.owners(of: node, for: keys)
    var sources: [String: JobSource] = [:]
    for key in keys {
      var source = JobSource()
      // The kubelet itself looks at the account that a Job's pod runs as.
      source.secrets = (secrets[key] ?? []).filter { $0.kind == .secret }
        .map { JobSource.Secret(namespace: $0.namespace, name: $0.name) }
      let objects = Set((owners[key] ?? []).map { ObjectRef($0) })
      if objects.count == 1, let only = objects.first, only.kind == ImageCacheFrontEnd.kind {
        source.imageCache = only.key
      }
      sources[key.normalized] = source
    }
    return sources
  }

  /// Whether the object wants anything, as far as the engine knows.
  package func holds(_ ref: ObjectRef) -> Bool { sources[ref] != nil }

  /// Everything of this kind that the engine knows.
  package func objects(ofKind kind: String) -> [ObjectRef] { sources.keys.filter { $0.kind == kind } }

  /// Replaces what an object wants.
  ///
  /// - Parameter revision: of the object that the demands were made from.
  package func set(_ demands: [Demand], for ref: ObjectRef, revision: String) -> EngineOutput {
    let old = sources.updateValue(Source(revision: revision, demands: demands.map(\.id)), forKey: ref)
    for id in old?.demands ?? [] where !demands.contains(where: { $0.id == id }) { planner.removeDemand(id) }
    for demand in demands { planner.upsert(demand) }
    // Its status may lack the newest generation, or have been changed by others, though nothing else is new.
    var output = drain()
    output.objects.insert(ref)
    return output
  }

  /// The object is gone for certain.
  package func remove(_ ref: ObjectRef) -> EngineOutput {
    for id in sources.removeValue(forKey: ref)?.demands ?? [] { planner.removeDemand(id) }
    return drain()
  }

  package func isKnown(_ kind: String) -> Bool { known.contains(kind) }

  /// All objects of the kind were fed.
  package func markKnown(_ kind: String) -> EngineOutput {
    known.insert(kind)
    planner.markKnown(kind)
    return drain()
  }

  /// The kind's objects can't be read: what they last wanted goes on to count.
  package func markUnknown(_ kind: String) -> EngineOutput {
    known.remove(kind)
    planner.markUnknown(kind)
    return drain()
  }

  package func progress(of ref: ObjectRef) -> ObjectProgress? {
    guard let source = sources[ref] else { return nil }
    var statuses: [DemandID: DemandStatus] = [:]
    for id in source.demands { statuses[id] = planner.status(id) }
    return ObjectProgress(revision: source.revision, statuses: statuses, nodes: planner.nodes(of: source.demands))
  }

  // MARK: What to do

  /// `EngineOutput.wakeAt` has come.
  package func wake() -> EngineOutput { drain() }

  /// What a node needs now. Grants in it are reserved until `committed` or `failed`.
  ///
  /// - Parameter usedByPods: the images of the pods that are bound to the node now, where they were asked for.
  package func plan(_ node: String, usedByPods: Set<ImageKey>? = nil) -> (work: NodeWork, output: EngineOutput) {
    let plan = planner.plan(node, now: now(), usedByPods: usedByPods)
    let work = NodeWork(plan: plan, base: inventories[node], nodeUID: nodes[node])
    return (work, drain(except: node))
  }

  /// The plan was written; `object` is what the server answered.
  package func committed(_ node: String, _ object: NodeInventory) -> EngineOutput {
    planner.committed(node, generation: object.metadata.generation ?? 0)
    if let newest = inventories[node], ResourceVersion.isOlder(object.metadata, than: newest.metadata) {
      return drain()
    }
    learn(node, object)
    return drain()
  }

  /// The plan wasn't written, or it isn't known whether it was.
  ///
  /// - Returns: what is to be done, without the node itself: when to try it again is the caller's business.
  package func failed(_ node: String, ambiguous: Bool) -> EngineOutput {
    planner.failed(node, ambiguous: ambiguous)
    return drain(except: node)
  }

  /// What metrics show of the nodes and of the grants in force.
  package var figures: (nodes: Int, agents: Int, grants: [String: Int]) {
    (nodes.count, agents.count, grants.totals(now: now()))
  }

  private func drain(also extra: Set<String> = [], except skipped: String? = nil) -> EngineOutput {
    let dirty = planner.takeDirty(now: now())
    var output = EngineOutput()
    output.nodes = dirty.nodes.union(extra)
    if let skipped { output.nodes.remove(skipped) }
    output.objects = Set(dirty.demands.map { ObjectRef($0) })
    output.wakeAt = planner.wakeAt
    return output
  }
}
