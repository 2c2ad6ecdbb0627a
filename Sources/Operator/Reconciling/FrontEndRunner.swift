package import KubernetesClient
package import KubernetesRuntime
package import Logging
package import Planning
import Synchronization

/// Runs one front end: feeds the engine with what its objects want, and writes their status.
package protocol FrontEndRunning: Sendable {
  var kind: String { get }
  /// Looks at one object and tells the engine what it wants.
  func take(_ key: ObjectKey, session: SessionContext) async throws -> Action
  /// Finds out whether the kind can be read, and if so feeds all of its objects.
  func take(session: SessionContext) async throws -> Action
  /// Writes the status of one object where it has changed.
  func report(_ key: ObjectKey, session: SessionContext) async throws -> Action
}

/// What a term of leadership gives to those who work in it.
package struct SessionContext: Sendable {
  package let api: any ClusterAPI
  package let engine: Engine
  package let events: any EventSink
  /// Whether this process still leads.
  package let mayWrite: @Sendable () -> Bool
  /// Passes on what follows from a change.
  package let route: @Sendable (EngineOutput) -> Void
  /// Has an object looked at again at a time.
  package let lookAgain: @Sendable (ObjectRef, Instant) -> Void
  /// The time of day.
  package let now: @Sendable () -> Instant
  /// Time on a clock that doesn't go backwards.
  package let elapsed: @Sendable () -> Duration
  package let logger: Logger

  package init(
    api: any ClusterAPI, engine: Engine, events: any EventSink, mayWrite: @escaping @Sendable () -> Bool,
    route: @escaping @Sendable (EngineOutput) -> Void, lookAgain: @escaping @Sendable (ObjectRef, Instant) -> Void,
    now: @escaping @Sendable () -> Instant, elapsed: @escaping @Sendable () -> Duration, logger: Logger
  ) {
    self.api = api
    self.engine = engine
    self.events = events
    self.mayWrite = mayWrite
    self.route = route
    self.lookAgain = lookAgain
    self.now = now
    self.elapsed = elapsed
    self.logger = logger
  }
}

/// Runs a front end over a store of its objects.
package final class FrontEndRunner<F: FrontEnd>: FrontEndRunning {
  private struct Memory {
    var pacer = StatusPacer()
    /// What the server answered to the last status write, until the store has it.
    var written: [ObjectKey: F.Resource] = [:]
  }

  /// How soon a kind that isn't served is looked for again.
  private static var recheckDelay: Duration { .seconds(5) }

  private let store: Store<F.Resource>
  private let memory = Mutex(Memory())

  package init(_ frontEnd: F.Type, store: Store<F.Resource>) {
    self.store = store
  }

  package var kind: String { F.kind }

  // MARK: What objects want

  package func take(_ key: ObjectKey, session: SessionContext) async throws -> Action {
    let ref = ObjectRef(kind: kind, key: key)
    if let object = store[key] {
      let mapped = F.demands(of: object, now: session.now())
      if !mapped.demands.isEmpty {
        await feed(object, mapped, session: session)
        return .settled
      }
    }
    guard await session.engine.holds(ref) else { return .settled }
    // It counts as gone only when the server itself says so, and says so of a kind that it serves.
    let live = try await session.api.find(F.Resource.self, name: key.name, namespace: key.namespace)
    if let live {
      let mapped = F.demands(of: live, now: session.now())
      if !mapped.demands.isEmpty {
        await feed(live, mapped, session: session)
        return .settled
      }
    }
    guard try await session.api.serves(definition: F.definition) else {
      await markUnknown(session)
      return .settled
    }
    session.logger.info("object is gone", metadata: ["object": "\(ref)"])
    memory.withLock { memory in
      memory.pacer.forget(key)
      memory.written[key] = nil
    }
    OperatorMetrics.pairs.remove(ref)
    session.route(await session.engine.remove(ref))
    return .settled
  }

  package func take(session: SessionContext) async throws -> Action {
    let list: ListPage<F.Resource>
    do {
      guard try await session.api.serves(definition: F.definition) else {
        await markUnknown(session)
        return .requeue(after: Self.recheckDelay)
      }
      list = try await session.api.listAll(F.Resource.self, namespace: nil, options: ListOptions())
    } catch {
      await markUnknown(session)
      throw error
    }
    var seen: Set<ObjectRef> = []
    for object in list.items {
      let mapped = F.demands(of: object, now: session.now())
      guard !mapped.demands.isEmpty else { continue }
      seen.insert(ObjectRef(kind: kind, key: object.key))
      await feed(object, mapped, session: session)
    }
    for ref in await session.engine.objects(ofKind: kind) where !seen.contains(ref) {
      OperatorMetrics.pairs.remove(ref)
      session.route(await session.engine.remove(ref))
    }
    session.route(await session.engine.markKnown(kind))
    session.logger.info("kind is known", metadata: ["kind": "\(kind)", "objects": "\(seen.count)"])
    return .settled
  }

  private func feed(_ object: F.Resource, _ mapped: MappedDemands, session: SessionContext) async {
    let ref = ObjectRef(kind: kind, key: object.key)
    session.route(
      await session.engine.set(mapped.demands, for: ref, generation: object.metadata.generation))
    if let time = mapped.lookAgainAt { session.lookAgain(ref, time) }
  }

  private func markUnknown(_ session: SessionContext) async {
    guard await session.engine.isKnown(kind) else { return }
    session.logger.warning(
      "kind is not served; what its objects last wanted is kept", metadata: ["kind": "\(kind)"])
    session.route(await session.engine.markUnknown(kind))
  }

  // MARK: Status

  package func report(_ key: ObjectKey, session: SessionContext) async throws -> Action {
    let ref = ObjectRef(kind: kind, key: key)
    guard let progress = await session.engine.progress(of: ref), let object = newest(key) else { return .settled }
    // Otherwise the status would answer to a spec that the engine hasn't seen; it will be asked for again.
    guard progress.generation == object.metadata.generation else { return .settled }
    OperatorMetrics.pairs.set(ref, progress)
    let desired = F.reporting(progress.statuses, on: object, now: Timestamp(session.now()))
    guard let patch = try DifferencePatch.between(object, desired) else { return .settled }
    let (old, new) = (F.conditions(of: object), F.conditions(of: desired))
    let delay = memory.withLock { $0.pacer.delay(key, from: old, to: new, now: session.elapsed()) }
    if let delay { return .requeue(after: delay) }
    guard session.mayWrite() else { return .settled }
    memory.withLock { $0.pacer.wrote(key, now: session.elapsed()) }
    do throws(KubernetesError) {
      let written = try await session.api.patch(
        F.Resource.self, name: key.name, namespace: key.namespace, patch: .merge(patch), subresource: "status",
        options: WriteOptions())
      memory.withLock { $0.written[key] = written }
    } catch {
      return try await recover(from: error, key: key, session: session)
    }
    for event in StatusEvent.events(from: old, to: new) {
      session.events.record(event, regarding: ObjectReference(to: object), action: "Cache")
    }
    return .settled
  }

  private func recover(from error: KubernetesError, key: ObjectKey, session: SessionContext) async throws -> Action {
    if error.isNotFound { return .settled }
    guard error.isConflict || error.isAmbiguous else { throw error }
    // Somebody changed it: go on from what is there now.
    guard let found = try await session.api.find(F.Resource.self, name: key.name, namespace: key.namespace) else {
      return .settled
    }
    memory.withLock { $0.written[key] = found }
    return .requeue(after: .milliseconds(50))
  }

  /// What the store holds, or what the server answered to a later write.
  private func newest(_ key: ObjectKey) -> F.Resource? {
    guard let stored = store[key] else { return nil }
    return memory.withLock { memory in
      guard let written = memory.written[key] else { return stored }
      if ResourceVersion.isOlder(stored.metadata, than: written.metadata) { return written }
      memory.written[key] = nil
      return stored
    }
  }
}
