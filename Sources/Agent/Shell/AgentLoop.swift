import ContainerRuntime
import Execution
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import KubernetesClient
import Logging
import SwiftletAPI

/// The event loop: one task owns the state; child tasks do what it asks for, and post what came of it.
struct AgentLoop: Sendable {
  let configuration: AgentConfiguration
  let plans: any PlanSource
  let sink: any StatusSink
  let store: LedgerStore
  let health: AgentHealth
  let mailbox: EventMailbox
  let operations: RuntimeOperations
  let logger: Logger
  private let metrics = AgentMetrics()

  init(
    configuration: AgentConfiguration, plans: any PlanSource, sink: any StatusSink, store: LedgerStore,
    health: AgentHealth, mailbox: EventMailbox, operations: RuntimeOperations, logger: Logger
  ) {
    self.configuration = configuration
    self.plans = plans
    self.sink = sink
    self.store = store
    self.health = health
    self.mailbox = mailbox
    self.operations = operations
    self.logger = logger
  }

  private var now: Timestamp { Timestamp(Date()) }

  /// Runs until the state has nothing left to do after a shutdown, the deadline for that has passed, or the task is
  /// cancelled.
  func run(_ loaded: LedgerStore.Loaded) async {
    var state = AgentState(
      version: configuration.version, ledger: loaded.ledger, ledgerProblem: loaded.problem,
      limits: configuration.diskLimits, now: now)
    var unsaved: Ledger?
    await withDiscardingTaskGroup { group in
      group.addTask { await followPlan() }
      group.addTask { await operations.followChanges() }
      group.addTask { await operations.credentials.run() }
      if let plugins = operations.plugins { group.addTask { await plugins.run() } }
      var tokens: [Int: CancelToken] = [:]
      var generator = SystemRandomNumberGenerator()
      var end: ContinuousClock.Instant?
      var isPlanKnown = false
      var events: [AgentEvent] = [.timer]
      while !Task.isCancelled {
        var wakeAt: Timestamp?
        var isFinished = false
        for event in events {
          note(event, state, &tokens)
          if case .plan = event { isPlanKnown = true }
          if case .shutdown = event { end = .now + configuration.shutdownDeadline }
          let wasUp = state.health.isUp
          let turn = state.handle(event, now: now, using: &generator)
          wakeAt = turn.wakeAt
          for action in turn.actions {
            if action == .finish { isFinished = true }
            perform(action, &tokens, &group)
          }
          if wasUp != state.health.isUp { noteRuntime(state) }
        }
        health.turned(
          isPlanKnown: isPlanKnown, isRuntimeAnswering: state.observed != nil && !state.health.isLongDown(now: now))
        if isFinished || end.map({ .now >= $0 }) ?? false { break }
        await mailbox.wait(until: deadline(wakeAt, end))
        events = mailbox.take()
        if events.isEmpty { events = [.timer] }
      }
      if !state.ledger.isSettled { unsaved = state.ledger.ledger }
      group.cancelAll()
    }
    if let unsaved { await save(unsaved) }
  }

  /// When to turn next. Wall-clock times are looked at again now and then, because the clock may be set.
  private func deadline(_ wakeAt: Timestamp?, _ end: ContinuousClock.Instant?) -> ContinuousClock.Instant {
    let pause = wakeAt.map { max($0 - now, .zero) } ?? AgentHealth.longestPause
    let next = ContinuousClock.now + min(pause, AgentHealth.longestPause)
    return end.map { min($0, next) } ?? next
  }

  private func followPlan() async {
    do {
      try await plans.follow { mailbox.post(.plan($0)) }
    } catch is CancellationError {
      return
    } catch {
      logger.error("the plan can't be followed", metadata: ["error": "\(error)"])
    }
  }

  // MARK: Actions

  private func perform(
    _ action: AgentAction, _ tokens: inout [Int: CancelToken], _ group: inout DiscardingTaskGroup
  ) {
    switch action {
    case .startPull(let order):
      let token = CancelToken()
      tokens[order.id] = token
      logger.info(
        "pulling", metadata: ["image.reference": "\(order.name)", "swiftlet.grant": "\(order.grantID)"])
      group.addTask { await operations.pull(order, token) }
    case .cancelPull(_, let id): tokens[id]?.cancel()
    case .listImages(let sequence, let isDetailed):
      group.addTask { await operations.list(sequence, isDetailed: isDetailed) }
    case .inspect(let name): group.addTask { await operations.inspect(name) }
    case .remove(let name, let id):
      logger.info("removing", metadata: ["image.reference": "\(name)", "image.id": "\(id)"])
      group.addTask { await operations.remove(name, id: id) }
    case .untag(let reference):
      logger.info("dropping a name", metadata: ["image.reference": "\(reference)"])
      group.addTask { await operations.untag(reference) }
    case .setPinned(let id, let isPinned): group.addTask { await operations.setPinned(isPinned, id: id) }
    case .saveLedger(let ledger, let revision):
      group.addTask {
        let failure = await save(ledger)
        mailbox.post(.ledgerSaved(revision: revision, failure: failure))
      }
    case .writeStatus(let old, let new):
      metrics.observe(new)
      group.addTask { await write(old, new) }
    case .readStatus: group.addTask { await read() }
    case .finish: break
    }
  }

  /// - Returns: why the ledger couldn't be stored, if so.
  @discardableResult
  private func save(_ ledger: Ledger) async -> String? {
    do {
      try await store.save(ledger)
      return nil
    } catch {
      logger.error("the ledger can't be stored", metadata: ["error": "\(error)"])
      return "\(error)"
    }
  }

  private func write(_ old: NodeInventoryStatus, _ new: NodeInventoryStatus) async {
    do {
      mailbox.post(.statusWritten(try await sink.write(from: old, to: new)))
    } catch {
      logger.warning("the status can't be written", metadata: ["error": "\(error)"])
      mailbox.post(.statusFailed(error))
    }
  }

  private func read() async {
    do {
      mailbox.post(.statusRead(try await sink.read()))
    } catch {
      mailbox.post(.statusFailed(error))
    }
  }

  // MARK: Telling

  private func note(_ event: AgentEvent, _ state: AgentState, _ tokens: inout [Int: CancelToken]) {
    switch event {
    case .pullEnded(let name, let id, let outcome):
      tokens[id] = nil
      let pull = state.running[name]
      metrics.count(event, pull: pull, now: now)
      var metadata: Logger.Metadata = ["image.reference": "\(name)"]
      guard let error = outcome.error else {
        if let pull { metadata["duration"] = "\(now - pull.startedAt)" }
        if outcome == .foundThere {
          logger.info("already there", metadata: metadata)
        } else {
          logger.info("pulled", metadata: metadata)
        }
        return
      }
      metadata["error"] = "\(error)"
      logger.log(level: error.isCancelled ? .info : .warning, "not pulled", metadata: metadata)
    case .removalEnded(let name, let error?), .inspectionFailed(let name, let error):
      metrics.count(event, pull: nil, now: now)
      logger.warning("not removed", metadata: ["image.reference": "\(name)", "error": "\(error)"])
    case .pinEnded(let id, let isPinned, let error?):
      logger.warning(
        "the pin can't be changed", metadata: ["image.id": "\(id)", "pinned": "\(isPinned)", "error": "\(error)"])
    case .shutdown: logger.info("shutting down")
    default: metrics.count(event, pull: nil, now: now)
    }
  }

  private func noteRuntime(_ state: AgentState) {
    metrics.observe(isRuntimeUp: state.health.isUp)
    switch state.health.state {
    case .up:
      let information = state.health.information
      logger.info(
        "the container runtime answers",
        metadata: [
          "runtime.name": "\(information?.name ?? "")", "runtime.version": "\(information?.version ?? "")",
          "runtime.endpoint": "\(information?.endpoint ?? "")",
        ])
    case .down(_, let failure):
      logger.warning(
        "the container runtime doesn't answer", metadata: ["error": "\(failure?.message ?? "")"])
    }
  }
}
