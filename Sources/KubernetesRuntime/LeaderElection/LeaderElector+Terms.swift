import CoreMetrics
import Logging
import KubernetesClient
import ServiceLifecycle

extension LeaderElector {
  /// How a term ended: with the body's own result, or nil when leadership was lost.
  struct Ending: Sendable {
    var state: LeaderElectionState
    var outcome: Result<Void, any Error>?
  }

  private enum Event: Sendable {
    case bodyEnded(Result<Void, any Error>)
    case renewalEnded(LeaderElectionState, isLost: Bool)
  }

  /// Competes for the lease until it is won; nil when the task is cancelled.
  func acquire() async -> (state: LeaderElectionState, until: Duration)? {
    var state = LeaderElectionState(identity: identity, timing: timing)
    var generator = SystemRandomNumberGenerator()
    var input = LeaderElectionInput.started
    while !Task.isCancelled {
      let step = state.handle(input, now: time.now, wallTime: wallTime(), using: &generator)
      set(.candidate(holder: state.holder))
      if case .acquired(let until) = step.event { return (state, until) }
      input = await perform(step.request)
    }
    return nil
  }

  /// Runs the body and renews beside it, until the body is over.
  func lead(_ term: LeadershipTerm, state: LeaderElectionState) async -> Ending {
    await withTaskGroup(of: Ending?.self) { group in
      group.addTask { await self.runBody(term, state: state) }
      group.addTask {
        await self.complainWhileBodyGoesOn(term)
        return nil
      }
      while let ending = await group.next() {
        guard let ending else { continue }
        group.cancelAll()
        return ending
      }
      return Ending(state: state, outcome: nil)
    }
  }

  private func runBody(_ term: LeadershipTerm, state: LeaderElectionState) async -> Ending {
    await withTaskGroup(of: Event.self) { group in
      group.addTask {
        do {
          try await withGracefulShutdownHandler {
            try await cancelWhenGracefulShutdown { try await self.body(term) }
          } onGracefulShutdown: {
            self.set(.ending)
          }
          return .bodyEnded(.success(()))
        } catch {
          return .bodyEnded(.failure(error))
        }
      }
      group.addTask {
        let (state, isLost) = await self.renew(term, state: state)
        return .renewalEnded(state, isLost: isLost)
      }
      var ending = Ending(state: state, outcome: nil)
      var isLost = false
      for await event in group {
        switch event {
        case .bodyEnded(let result):
          if !isLost { ending.outcome = result }
        case .renewalEnded(let state, let lost):
          ending.state = state
          // Where the body ended first, it is its result that counts.
          if lost && ending.outcome == nil {
            isLost = true
            set(.ending)
          }
        }
        term.end()
        group.cancelAll()
      }
      return ending
    }
  }

  /// Renews the lease until it is lost or the task is cancelled.
  private func renew(
    _ term: LeadershipTerm, state: LeaderElectionState
  ) async -> (state: LeaderElectionState, isLost: Bool) {
    var state = state
    var generator = SystemRandomNumberGenerator()
    var input = await perform(.wait(until: time.now + timing.retryPeriod))
    while !Task.isCancelled {
      let step = state.handle(input, now: time.now, wallTime: wallTime(), using: &generator)
      switch step.event {
      case .renewed(let until): term.extend(until: until)
      case .lost: return (state, true)
      case .acquired, nil: break
      }
      guard term.isValid else { return (state, true) }
      input = await perform(step.request)
    }
    return (state, false)
  }

  private func complainWhileBodyGoesOn(_ term: LeadershipTerm) async {
    guard await term.ended.wait() else { return }
    while !Task.isCancelled {
      do {
        try await time.sleep(for: .seconds(10))
        logger.critical("leadership is over, but the body ignores its cancellation; this process should exit")
      } catch {
        return
      }
    }
  }

  /// Gives the lease back, as far as that can be done in time.
  func release(_ state: LeaderElectionState) async {
    var state = state
    var generator = SystemRandomNumberGenerator()
    var input = LeaderElectionInput.release
    while !Task.isCancelled {
      let step = state.handle(input, now: time.now, wallTime: wallTime(), using: &generator)
      if step.request == .done { return }
      input = await perform(step.request)
    }
  }

  // MARK: Requests

  private func perform(_ request: LeaderElectionRequest) async -> LeaderElectionInput {
    do {
      switch request {
      case .done:
        return .failed
      case .wait(let until):
        try await time.sleep(until: until)
        return .timer
      case .read(let deadline):
        return try await within(deadline) {
          .read(try await self.client.get(Lease.self, name: self.name, namespace: self.namespace))
        }
      case .create(let spec, let deadline):
        let sentAt = time.now
        let published = annotations().compactMapValues(\.self)
        let metadata = ObjectMeta(
          name: name, namespace: namespace, annotations: published.isEmpty ? nil : published)
        let lease = Lease(metadata: metadata, spec: spec)
        return try await within(deadline) { .written(try await self.client.create(lease), sentAt: sentAt) }
      case .update(let spec, let resourceVersion, let deadline):
        let sentAt = time.now
        var metadata: [String: JSONValue] = ["resourceVersion": .string(resourceVersion)]
        let annotations = annotations()
        if !annotations.isEmpty {
          metadata["annotations"] = .object(annotations.mapValues { $0.map { .string($0) } ?? .null })
        }
        let patch: JSONValue = ["metadata": .object(metadata), "spec": try JSONValue(encoding: spec)]
        return try await within(deadline) {
          .written(
            try await self.client.patch(
              Lease.self, name: self.name, namespace: self.namespace, patch: .merge(patch)), sentAt: sentAt)
        }
      }
    } catch let error as KubernetesError {
      if case .read = request, error.isObjectMissing { return .read(nil) }
      if error.isConflict || error.isAlreadyExists || error.isObjectMissing { return .conflict }
      logger.debug("a request for the lease failed", metadata: ["error": "\(error)"])
      return .failed
    } catch {
      // Cancelled.
      return .failed
    }
  }

  private func within(
    _ deadline: Duration, _ operation: @escaping @Sendable () async throws -> LeaderElectionInput
  ) async throws -> LeaderElectionInput {
    try await withDeadline(deadline, time: time, operation: operation) ?? .failed
  }
}
