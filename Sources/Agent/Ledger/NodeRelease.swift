package import ContainerRuntime
package import Logging

/// Takes Swiftlet's marks off a node that it leaves: takes back every pin that the ledger says is Swiftlet's, then
/// forgets the ledger. Images stay.
///
/// It runs once the node's agent has ended, and instead of it: an agent that is still there would set the pins again.
/// Why it takes a command: an agent whose plan is gone can't tell an uninstall from a mistake, and leaves everything
/// as it is.
package struct NodeRelease: Sendable {
  package struct Summary: Sendable, Hashable {
    /// IDs of the images whose pins were taken back.
    package var unpinned: [String] = []
    /// How many noted pins weren't there any more, or went with their image.
    package var vanished = 0
    /// Why a pin couldn't be taken back, by image ID. Those stay in the ledger, so that another run can try again.
    package var failures: [String: String] = [:]

    package init() {}

    package var isComplete: Bool { failures.isEmpty }
  }

  package enum Problem: Error, Sendable, Hashable, CustomStringConvertible {
    case locked(Duration)
    case ledger(String)

    package var description: String {
      switch self {
      case .locked(let time): "another agent on this node is still at work after \(time)"
      case .ledger(let text): text
      }
    }
  }

  private let ledgerPath: String
  private let logger: Logger
  private let connect: @Sendable () async throws -> any ImageRuntime

  /// - Parameter connect: finds the runtime; called only if there is a pin to take back.
  package init(
    ledgerPath: String = AgentConfiguration.defaultLedgerPath, logger: Logger,
    connect: @escaping @Sendable () async throws -> any ImageRuntime
  ) {
    self.ledgerPath = ledgerPath
    self.logger = logger
    self.connect = connect
  }

  /// - Parameter patience: how long the node's agent may take to end.
  /// - Throws: `Problem`, `FileFailure`, or what `connect` and the runtime throw. Nothing is forgotten then.
  package func run(patience: Duration = .seconds(60)) async throws -> Summary {
    let store = LedgerStore(path: ledgerPath)
    guard store.exists else { return Summary() }
    let lock = try await acquireLock(patience)
    let loaded = store.load()
    if let problem = loaded.problem { throw Problem.ledger(problem) }
    var ledger = loaded.ledger
    var summary = Summary()
    if !ledger.pins.isEmpty {
      summary = try await unpin(ledger.pins, try await connect())
    }
    if summary.isComplete {
      try store.remove()
    } else {
      ledger.pins = Set(summary.failures.keys)
      try await store.save(ledger)
    }
    withExtendedLifetime(lock) {}
    return summary
  }

  private func unpin(_ ids: Set<String>, _ runtime: any ImageRuntime) async throws -> Summary {
    var summary = Summary()
    let pinned = Set(try await runtime.images().filter(\.pinned).map(\.id))
    for id in ids.sorted() {
      guard pinned.contains(id) else {
        summary.vanished += 1
        continue
      }
      do {
        try await runtime.setPinned(false, id: id)
        summary.unpinned.append(id)
      } catch {
        logger.warning("a pin can't be taken back", metadata: ["image.id": "\(id)", "error": "\(error)"])
        summary.failures[id] = error.message
      }
    }
    return summary
  }

  private func acquireLock(_ patience: Duration) async throws -> AgentLock {
    let path = ledgerPath
    let logger = logger
    return try await withThrowingTaskGroup(of: AgentLock?.self) { group in
      group.addTask { try await AgentLock.acquire(beside: path, logger: logger) }
      group.addTask {
        try await ContinuousClock().sleep(for: patience)
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let lock = first else { throw Problem.locked(patience) }
      return lock
    }
  }
}
