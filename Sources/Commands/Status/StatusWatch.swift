#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import KubernetesClient
import KubernetesRuntime
import Logging
import SwiftletAPI
import UnixSignals

/// Shows reports as things change, until it is interrupted or what it waits for has come. Watches, and never polls.
struct StatusWatch: Sendable {
  enum Ending: Sendable, Hashable {
    case interrupted
    case ready
    case timedOut
  }

  let source: StatusSource
  let form: StatusView.Form
  let colour: Bool
  let untilReady: Bool
  let timeout: Duration?
  let logger: Logger

  /// The least time between two pictures.
  private static let frame = Duration.milliseconds(200)

  func run() async throws -> Ending {
    let sets = Informer(client: source.client, type: ImageSet.self, logger: logger)
    let inventories = Informer(client: source.client, type: NodeInventory.self, logger: logger)
    let pauses = Informer(
      client: source.client, type: ConfigMap.self, scope: .named(ClusterPause.name, namespace: source.namespace),
      logger: logger)
    let (changes, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    sets.observe { _ in signal.yield() }
    sets.observeAvailability { _ in signal.yield() }
    inventories.observe { _ in signal.yield() }
    inventories.observeAvailability { _ in signal.yield() }
    pauses.observe { _ in signal.yield() }
    pauses.observeAvailability { _ in signal.yield() }
    return try await withThrowingTaskGroup(of: Ending?.self) { group in
      group.addTask {
        try await sets.run()
        return nil
      }
      group.addTask {
        try await inventories.run()
        return nil
      }
      group.addTask {
        try await pauses.run()
        return nil
      }
      group.addTask {
        for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { return .interrupted }
        return nil
      }
      if let timeout {
        group.addTask {
          try await Task.sleep(for: timeout)
          return .timedOut
        }
      }
      group.addTask { try await show(changes, sets: sets, inventories: inventories, pauses: pauses) }
      defer { group.cancelAll() }
      while let ending = try await group.next() {
        if let ending { return ending }
      }
      return .interrupted
    }
  }

  private func show(
    _ changes: AsyncStream<Void>, sets: Informer<ImageSet>, inventories: Informer<NodeInventory>,
    pauses: Informer<ConfigMap>
  ) async throws -> Ending? {
    var view = StatusView(form: form)
    for await _ in changes {
      guard sets.store.isSynced, inventories.availability != .pending, pauses.availability != .pending else {
        continue
      }
      let report = StatusSource.report(
        sets: sets.store.all, inventories: inventories.store.isSynced ? inventories.store.all : nil,
        pause: pauses.store.all.first, names: source.names, withNodes: source.withNodes)
      var notice: String?
      if case .unavailable(let reason) = sets.availability { notice = "this is the last known state: \(reason)" }
      let size = Terminal.size
      let text = try view.text(
        report, notice: notice, style: Style(width: size?.width, colour: colour), height: size?.height,
        now: Timestamp(Date()))
      if let text { Terminal.write(text) }
      if untilReady, report.isReady { return .ready }
      try await Task.sleep(for: Self.frame)
    }
    return nil
  }
}
