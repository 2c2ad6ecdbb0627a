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

  private let frontEnd: F
  private let store: Store<F.Resource>
  private let isFollowed: @Sendable () -> Bool
  private let memory = Mutex(Memory())

  /// - Parameter isFollowed: whether the store is told of every change at present.
  package init(_ frontEnd: F, store: Store<F.Resource>, isFollowed: @escaping @Sendable () -> Bool) {
    self.frontEnd = frontEnd
    self.store = store
    self.isFollowed = isFollowed
  }

  package var kind: String { F.kind }

  // MARK: What objects want

  package func take(_ key: ObjectKey, session: SessionContext) async throws -> Action {
    let ref = ObjectRef(kind: kind, key: key)
    if let object = newest(key) {
      if try await release(object, session: session) { return .settled }
      let mapped = frontEnd.demands(of: object, now: session.now())
      if !mapped.demands.isEmpty {
        await feed(object, mapped, session: session)
        return .settled
      }
    }
    guard await session.engine.holds(ref) else { return .settled }
    // It counts as gone only when the server itself says so, and says so of a kind that it serves.
    let live = try await session.api.find(F.Resource.self, name: key.name, namespace: key.namespace)
    if let live {
      let mapped = frontEnd.demands(of: live, now: session.now())
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
    // What couldn't be followed for a moment, and was known all the time, is as the store says.
    if isFollowed(), await session.engine.isKnown(kind) { return .settled }
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
      let mapped = frontEnd.demands(of: object, now: session.now())
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
      await session.engine.set(mapped.demands, for: ref, revision: frontEnd.revision(of: object)))
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
    guard progress.revision == frontEnd.revision(of: object) else { return .settled }
    OperatorMetrics.pairs.set(ref, progress)
    let desired = frontEnd.reporting(progress, on: object, now: Timestamp(session.now()))
    if desired.metadata != object.metadata { return try await write(metadata: desired, of: object, session: session) }
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
      if frontEnd.revision(of: written) != progress.revision { await look(at: written, session: session) }
    } catch {
      return try await recover(from: error, object: object, session: session)
    }
    for event in F.events(from: object, to: desired) {
      session.events.record(event, regarding: ObjectReference(to: object), action: "Cache")
    }
    return .settled
  }

  /// Writes what the metadata should be, and has the object looked at again.
  private func write(metadata desired: F.Resource, of object: F.Resource, session: SessionContext) async throws
    -> Action
  {
    let key = object.key
    var changed = object
    changed.metadata = desired.metadata
    guard session.mayWrite(), let patch = try DifferencePatch.between(object, changed) else { return .settled }
    do throws(KubernetesError) {
      let written = try await session.api.patch(
        F.Resource.self, name: key.name, namespace: key.namespace, patch: .merge(patch), subresource: nil,
        options: WriteOptions())
      memory.withLock { $0.written[key] = written }
      await look(at: written, session: session)
      return .settled
    } catch {
      return try await recover(from: error, object: object, session: session)
    }
  }

  /// What a write of ours made of an object counts at once, not only when the watch brings it.
  private func look(at object: F.Resource, session: SessionContext) async {
    let mapped = frontEnd.demands(of: object, now: session.now())
    guard !mapped.demands.isEmpty else { return }
    await feed(object, mapped, session: session)
  }

  /// Lets an object go for which there is nothing to do: one that wants nothing done, or whose kind is being deleted,
  /// which says nothing about its images, so they stay.
  ///
  /// - Returns: whether that was so.
  private func release(_ object: F.Resource, session: SessionContext) async throws -> Bool {
    guard let finalizer = F.finalizer, object.metadata.deletionTimestamp != nil,
      object.metadata.finalizers?.contains(finalizer) == true
    else { return false }
    let isServed = try await session.api.serves(definition: F.definition)
    guard !isServed || frontEnd.demands(of: object, now: session.now()).demands.isEmpty else { return false }
    if !isServed { await markUnknown(session) }
    var released = object
    released.metadata.finalizers?.removeAll { $0 == finalizer }
    _ = try await write(metadata: released, of: object, session: session)
    return true
  }

  /// Looks at the object again where the write showed, or may show, that it isn't what was thought.
  private func recover(from error: KubernetesError, object: F.Resource, session: SessionContext) async throws -> Action
  {
    let key = object.key
    if error.isNotFound { return .settled }
    if error.isConflict || error.isAmbiguous {
      guard let found = try await session.api.find(F.Resource.self, name: key.name, namespace: key.namespace) else {
        return .settled
      }
      memory.withLock { $0.written[key] = found }
      // Somebody changed it, or the write happened: go on from what is there now.
      if found.metadata.resourceVersion != object.metadata.resourceVersion { return .requeue(after: .milliseconds(50)) }
    }
    // Whoever refused it will refuse it again, such as a webhook that fails closed and doesn't answer: not at once.
    if error.cause == .status, !error.isTransient || error.code == 500 {
      session.events.record(
        StatusEvent(isWarning: true, reason: "NotWritten", note: error.message), regarding: ObjectReference(to: object),
        action: "Cache")
    }
    throw error
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
