package import Agent
package import ContainerRuntime
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import KubernetesClient
package import Logging
import ServiceLifecycle
import SwiftletAPI
import UnixSignals

/// One run of `swiftlet node apply`: the agent, with a plan of its own, until nothing is left to be done.
package struct ApplyRun: Sendable {
  /// Another Swiftlet works on this machine.
  package struct Busy: Error {}

  /// How long the runtime may not answer before the run is given up.
  package var runtimePatience = Duration.seconds(30)
  /// How long another Swiftlet on this machine is waited for.
  package var lockPatience = Duration.seconds(10)
  /// How long pins are waited for once all else is done.
  package var pinPatience = Duration.seconds(5)
  package var timeout: Duration?
  package var attempts: Int
  package var labels: [String: String] = [:]
  package var credentials: (any Agent.CredentialSource)?
  package var obeysSignals = true

  private let configuration: AgentConfiguration
  private let runtime: any ImageRuntime
  private let manifests: LocalManifests
  private let logger: Logger

  package init(
    _ manifests: LocalManifests, configuration: AgentConfiguration, runtime: any ImageRuntime, attempts: Int,
    logger: Logger
  ) {
    self.manifests = manifests
    self.configuration = configuration
    self.runtime = runtime
    self.attempts = attempts
    self.logger = logger
  }

  private enum Ending: Sendable {
    case settled(ApplyPicture)
    case busy
    case report(ApplyReport.Result)
  }

  /// - Parameter progress: told of every change.
  /// - Throws: `Busy`, or `CancellationError`.
  package func run(_ progress: @escaping @Sendable (ApplyPicture) -> Void = { _ in }) async throws -> ApplyReport {
    let start = ContinuousClock.now
    let (pictures, news) = AsyncStream.makeStream(of: ApplyPicture.self, bufferingPolicy: .bufferingNewest(1))
    let plan = LocalPlan(
      manifests, labels: labels, attempts: attempts, there: await there(), hasLogins: credentials != nil,
      now: { Timestamp(Date()) }
    ) { picture in
      progress(picture)
      news.yield(picture)
    }
    let agent = AgentService(
      configuration: configuration, runtime: runtime, plans: plan, sink: plan,
      credentials: credentials ?? NoCredentials(), logger: logger)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [.init(service: agent, successTerminationBehavior: .gracefullyShutdownGroup)], logger: logger))
    async let served: Void = group.run()
    let ending: Ending?
    do {
      ending = try await first(of: waits(plan, pictures))
    } catch {
      await group.triggerGracefulShutdown()
      try await served
      throw error
    }
    // The agent stops its pulls and stores what it knows; it does so within its deadline.
    await group.triggerGracefulShutdown()
    try await served
    var result: ApplyReport.Result?
    var picture = plan.picture
    switch ending {
    case .busy: throw Busy()
    case .report(let other): result = other
    case .settled(let settled): picture = settled
    case nil: break
    }
    let seconds =
      Double((ContinuousClock.now - start).components.seconds)
      + Double((ContinuousClock.now - start).components.attoseconds) / 1e18
    return ApplyReport(picture, ending: result, warnings: manifests.warnings, seconds: seconds)
  }

  /// Every name that is there before anything is done; none where the runtime doesn't answer, which the agent will say.
  private func there() async -> Set<String> {
    do throws(RuntimeError) {
      return Set(try await runtime.images().flatMap { $0.tags + $0.digests })
    } catch {
      logger.debug("what is there isn't known", metadata: ["error": "\(error)"])
      return []
    }
  }

  private func first(of waits: [@Sendable () async throws -> Ending?]) async throws -> Ending? {
    try await withThrowingTaskGroup(of: Ending?.self) { group in
      for wait in waits { group.addTask { try await wait() } }
      defer { group.cancelAll() }
      while let next = try await group.next() {
        if let next { return next }
      }
      return nil
    }
  }

  /// What ends a run: each says how.
  private func waits(
    _ plan: LocalPlan, _ pictures: AsyncStream<ApplyPicture>
  ) -> [@Sendable () async throws -> Ending?] {
    var waits: [@Sendable () async throws -> Ending?] = [
      { try await settled(pictures) },
      {
        try await Task.sleep(for: lockPatience)
        return plan.isFollowed ? nil : .busy
      },
    ]
    if let timeout {
      waits.append {
        try await Task.sleep(for: timeout)
        return .report(.timedOut)
      }
    }
    if obeysSignals {
      waits.append {
        for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { return .report(.interrupted) }
        return nil
      }
    }
    return waits
  }

  /// Waits until nothing is left to be done, or the runtime doesn't answer for too long.
  private func settled(_ pictures: AsyncStream<ApplyPicture>) async throws -> Ending? {
    let (moments, tick) = AsyncStream.makeStream(of: ApplyPicture?.self, bufferingPolicy: .unbounded)
    return try await first(of: [
      {
        for await picture in pictures { tick.yield(picture) }
        return nil
      },
      {
        // Time passes although nothing happens.
        while !Task.isCancelled {
          try await Task.sleep(for: .milliseconds(250))
          tick.yield(nil)
        }
        return nil
      },
      { await judge(moments) },
    ])
  }

  private func judge(_ moments: AsyncStream<ApplyPicture?>) async -> Ending? {
    var last: ApplyPicture?
    var settledSince: ContinuousClock.Instant?
    var downSince: ContinuousClock.Instant?
    for await moment in moments {
      if let moment { last = moment }
      guard let last else { continue }
      downSince = last.runtimeProblem == nil ? nil : downSince ?? .now
      if let downSince, .now - downSince >= runtimePatience { return .report(.runtimeUnavailable) }
      settledSince = last.isSettled ? settledSince ?? .now : nil
      if let settledSince, last.isPinned || .now - settledSince >= pinPatience { return .settled(last) }
    }
    return nil
  }
}
