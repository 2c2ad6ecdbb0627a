package import Observability
import Synchronization

/// What the probes say of an agent.
package final class AgentHealth: Sendable {
  private struct State {
    var isPlanKnown = false
    var isRuntimeAnswering = false
    var isWaiting = true
    var lastTurn: ContinuousClock.Instant?
  }

  /// The event loop turns at least this often, even if nothing happens.
  static let longestPause = Duration.seconds(30)
  static let stuckAfter = Duration.seconds(120)

  private let state = Mutex(State())

  package init() {}

  func turned(isPlanKnown: Bool, isRuntimeAnswering: Bool) {
    state.withLock { state in
      state.isPlanKnown = state.isPlanKnown || isPlanKnown
      state.isRuntimeAnswering = isRuntimeAnswering
      state.isWaiting = false
      state.lastTurn = .now
    }
  }

  /// What keeps the agent from doing its job: no plan heard of yet, or a runtime that doesn't answer.
  package var readinessProblem: String? {
    state.withLock { state in
      if state.isWaiting { return "waits for a container runtime, or for another agent on this node to end" }
      if !state.isPlanKnown { return "hasn't heard from the API server yet" }
      if !state.isRuntimeAnswering { return "the container runtime doesn't answer" }
      return nil
    }
  }

  /// Whether the event loop is stuck.
  package var healthProblem: String? {
    state.withLock { state in
      guard let lastTurn = state.lastTurn, .now - lastTurn > Self.stuckAfter else { return nil }
      return "the event loop hasn't turned for \(ContinuousClock.Instant.now - lastTurn)"
    }
  }

  /// The routes of the agent's admin server.
  package func routes(metrics: (@Sendable () async -> String)? = nil) -> AdminRoutes {
    AdminRoutes(health: { self.healthProblem }, readiness: { self.readinessProblem }, metrics: metrics)
  }
}
