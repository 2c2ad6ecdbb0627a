import Execution
import KubernetesClient
import KubernetesRuntime
package import Logging
package import Planning
import SwiftletAPI

/// What the leader does during one term: a fresh engine, and the workers around it.
package struct LeaderSession: Sendable {
  package struct Workers: Sendable {
    package var intake = 4
    package var nodes = 8
    package var jobs = 4
    package var status = 4

    package init() {}
  }

  private let api: any ClusterAPI
  private let namespace: String
  private let stores: ClusterStores
  private let frontEnds: [any FrontEndRunning]
  private let router: ChangeRouter
  private let jobs: JobsExecution?
  private let events: any EventSink
  private let workers: Workers
  private let now: @Sendable () -> Instant
  private let elapsed: @Sendable () -> Duration
  private let logger: Logger

  /// - Parameters:
  ///   - namespace: the controller's own.
  ///   - stores: synced ones.
  ///   - jobs: nil where nodes without an agent are left alone.
  ///   - now: the time of day.
  ///   - elapsed: time on a clock that doesn't go backwards.
  package init(
    api: any ClusterAPI, namespace: String, stores: ClusterStores, frontEnds: [any FrontEndRunning],
    router: ChangeRouter, events: any EventSink, jobs: JobsExecution? = nil, workers: Workers = Workers(),
    now: @escaping @Sendable () -> Instant,
    elapsed: @escaping @Sendable () -> Duration, logger: Logger
  ) {
    self.api = api
    self.namespace = namespace
    self.stores = stores
    self.frontEnds = frontEnds
    self.router = router
    self.jobs = jobs
    self.events = events
    self.workers = workers
    self.now = now
    self.elapsed = elapsed
    self.logger = logger
  }

  private struct Queues: Sendable {
    let intake = WorkQueue<IntakeKey>(name: "intake", backoff: Backoff(initial: .milliseconds(200), max: .seconds(30)))
    let nodes = WorkQueue<String>(name: "nodes", backoff: Backoff(initial: .milliseconds(200), max: .seconds(60)))
    let jobs = WorkQueue<String>(name: "jobs", backoff: Backoff(initial: .milliseconds(500), max: .seconds(60)))
    let status = WorkQueue<ObjectRef>(name: "status", backoff: Backoff(initial: .milliseconds(500), max: .seconds(60)))
  }

  /// Plans until the task is cancelled.
  ///
  /// - Parameters:
  ///   - mayWrite: whether this process still leads; looked at right before each write.
  ///   - beside: what else the leader does, from when the engine knows the cluster. It is cancelled with the rest, and
  ///     nothing else depends on it.
  package func run(
    mayWrite: @escaping @Sendable () -> Bool, beside: @escaping @Sendable (Engine) async -> Void = { _ in }
  ) async throws {
    let queues = Queues()
    let engine = Engine(kinds: Set(frontEnds.map(\.kind)), hasJobs: jobs != nil, now: now)
    let context = context(engine: engine, queues: queues, mayWrite: mayWrite)
    let term = Term(context: context, queues: queues, jobs: jobs.map { JobsTerm($0, context: context) })
    // Whatever changes from here on is looked at again, so nothing falls between loading and working.
    router.attach(queues.intake)
    defer { router.detach() }
    OperatorMetrics.register()
    OperatorMetrics.record(leads: true)
    // A standby has nothing to tell.
    defer { OperatorMetrics.register() }
    try await load(term)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await work(term) }
      group.addTask { await beside(engine) }
      try await group.waitForAll()
    }
  }

  private struct Term: Sendable {
    let context: SessionContext
    let queues: Queues
    let jobs: JobsTerm?
  }

  private func context(engine: Engine, queues: Queues, mayWrite: @escaping @Sendable () -> Bool) -> SessionContext {
    let now = now
    return SessionContext(
      api: api, engine: engine, events: events, mayWrite: mayWrite,
      route: { output in
        for node in output.nodes { queues.nodes.add(node) }
        for object in output.objects { queues.status.add(object) }
        if let time = output.wakeAt { queues.intake.add(.wake, after: max(.milliseconds(20), time - now())) }
      },
      lookAgain: { ref, time in queues.intake.add(.object(ref), after: max(.milliseconds(20), time - now())) },
      now: now, elapsed: elapsed, logger: logger)
  }

  // MARK: Loading

  /// Feeds the engine. The inventories come from a list that is made now, by a quorum read: grants that another leader
  /// gave a moment ago count before this one gives any.
  private func load(_ term: Term) async throws {
    let (context, queues) = (term.context, term.queues)
    let engine = context.engine
    context.route(await engine.pause(try await freshPause()))
    for budget in stores.budgets.all { context.route(await take(budget: budget.metadata.name ?? "", engine)) }
    for node in stores.nodes.all { context.route(await take(node: node.metadata.name ?? "", term)) }
    let inventories = try await freshInventories()
    await engine.load(inventories: inventories)
    for frontEnd in frontEnds { queues.intake.add(.kind(frontEnd.kind)) }
    if jobs != nil { queues.intake.add(.jobsSynced) }
    context.route(await engine.begin())
    logger.info(
      "planning begins", metadata: ["nodes": "\(stores.nodes.count)", "inventories": "\(inventories.count)"])
  }

  /// Whether the cluster is paused, as the server says now; as last known where this may not be read.
  private func freshPause() async throws -> Bool {
    let backoff = Backoff(initial: .milliseconds(200), max: .seconds(10))
    for attempt in 1... {
      do throws(KubernetesError) {
        return try await api.find(ConfigMap.self, name: ClusterPause.name, namespace: namespace) != nil
      } catch {
        try Task.checkCancellation()
        logger.warning("it isn't known whether the cluster is paused", metadata: ["error": "\(error)"])
        if error.isForbidden || error.isUnauthorized { return stores.isPaused }
      }
      try await Task.sleep(for: backoff.delay(attempt: attempt))
    }
    throw CancellationError()
  }

  private func freshInventories() async throws -> [NodeInventory] {
    let backoff = Backoff(initial: .milliseconds(200), max: .seconds(10))
    for attempt in 1... {
      do throws(KubernetesError) {
        return try await api.listAll(NodeInventory.self, namespace: nil, options: ListOptions()).items
      } catch {
        try Task.checkCancellation()
        logger.warning("inventories can't be listed; trying again", metadata: ["error": "\(error)"])
      }
      try await Task.sleep(for: backoff.delay(attempt: attempt))
    }
    throw CancellationError()
  }

  // MARK: Working

  private func work(_ term: Term) async throws {
    let (context, queues) = (term.context, term.queues)
    let reconciler = NodeReconciler(
      api: api, engine: context.engine, mayWrite: context.mayWrite, route: context.route, logger: logger)
    let intake = Controller(name: "intake", queue: queues.intake, workers: workers.intake, logger: logger) { key in
      try await take(key, term)
    }
    let nodes = Controller(name: "nodes", queue: queues.nodes, workers: workers.nodes, logger: logger) { name in
      let action = try await reconciler.reconcile(name)
      if term.jobs != nil { queues.jobs.add(name) }
      return action
    }
    let jobs = Controller(name: "jobs", queue: queues.jobs, workers: workers.jobs, logger: logger) { name in
      guard let jobs = term.jobs else { return .settled }
      let node = stores.nodes[ObjectKey(name: name)]
      return try await jobs.reconciler.reconcile(
        name, node: node, role: node.flatMap { claim(of: $0, jobs).role })
    }
    let status = Controller(name: "status", queue: queues.status, workers: workers.status, logger: logger) { ref in
      guard let frontEnd = frontEnds.first(where: { $0.kind == ref.kind }) else { return .settled }
      return try await frontEnd.report(ref.key, session: context)
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await intake.run() }
      group.addTask { try await nodes.run() }
      group.addTask { try await jobs.run() }
      group.addTask { try await status.run() }
      try await group.waitForAll()
    }
  }

  private func take(_ key: IntakeKey, _ term: Term) async throws -> Action {
    let context = term.context
    let engine = context.engine
    switch key {
    case .node(let name):
      context.route(await take(node: name, term))
      term.queues.jobs.add(name)
    case .inventory(let name):
      let removed = router.takeRemoved(name)
      let stored = stores.inventories[ObjectKey(name: name)]
      context.route(await engine.observe(inventory: name, stored, removed: removed))
      term.queues.jobs.add(name)
    case .budget(let name): context.route(await take(budget: name, engine))
    case .pause:
      let isPaused = stores.isPaused
      logger.notice(isPaused ? "the cluster is paused" : "the cluster goes on")
      context.route(await engine.pause(isPaused))
    case .jobs(let name): term.queues.jobs.add(name)
    case .jobsSynced:
      guard let jobs = term.jobs, jobs.stores.isSynced else { return .settled }
      try await jobs.load(api)
      for name in jobs.book.nodes { term.queues.jobs.add(name) }
      for node in stores.nodes.all { context.route(await take(node: node.metadata.name ?? "", term)) }
    case .wake: context.route(await engine.wake())
    case .object(let ref):
      guard let frontEnd = frontEnds.first(where: { $0.kind == ref.kind }) else { return .settled }
      return try await frontEnd.take(ref.key, session: context)
    case .kind(let kind):
      guard let frontEnd = frontEnds.first(where: { $0.kind == kind }) else { return .settled }
      return try await frontEnd.take(session: context)
    }
    let figures = await engine.figures
    OperatorMetrics.record(nodes: figures.nodes, agents: figures.agents)
    OperatorMetrics.grants.record(figures.grants)
    return .settled
  }

  private func take(node name: String, _ term: Term) async -> EngineOutput {
    let node = stores.nodes[ObjectKey(name: name)]
    let hasAgent = stores.hasAgent(name)
    var hasJobs = false
    if let node, let jobs = term.jobs {
      let answer = claim(of: node, jobs)
      // Beside an agent that is up: without its answers they do nothing.
      hasJobs = answer.role == .instead || (answer.role == .beside && hasAgent)
      if let delay = answer.changesIn { term.queues.intake.add(.node(name), after: delay) }
    }
    return await term.context.engine.observe(node: name, node, hasAgent: hasAgent, hasJobs: hasJobs)
  }

  /// What Jobs do on a node: something only where all there are can be seen.
  private func claim(of node: Node, _ jobs: JobsTerm) -> JobsClaim.Answer {
    let answer = jobs.claim.answer(node, hasAgentPod: stores.hasAgentPod(node.metadata.name ?? ""))
    return jobs.stores.isSynced ? answer : JobsClaim.Answer(nil)
  }

  /// An invalid budget counts as missing, so that `default` holds; and a `default` that is invalid, too, as the one that
  /// is built in.
  private func take(budget name: String, _ engine: Engine) async -> EngineOutput {
    guard let budget = stores.budgets[ObjectKey(name: name)] else { return await engine.observe(budget: name, nil) }
    let problems = budget.problems
    guard !problems.isEmpty else { return await engine.observe(budget: name, BudgetLimits(budget.spec)) }
    let words = problems.summary()
    logger.warning("invalid budget; the default holds", metadata: ["budget": "\(name)", "problems": "\(words)"])
    events.record(
      StatusEvent(isWarning: true, reason: "InvalidSpec", note: "The default budget holds instead: \(words)"),
      regarding: ObjectReference(to: budget), action: "Validate")
    return await engine.observe(budget: name, nil)
  }
}
