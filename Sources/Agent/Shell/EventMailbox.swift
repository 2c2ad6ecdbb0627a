import ContainerRuntime
import Synchronization
import SwiftletAPI

/// What happened and wasn't handled yet. Any number of writers, which never wait; one reader.
///
/// Bounded by what it holds: only the newest plan, one hint that the runtime's images changed, the newest progress of
/// each pull, and for each action under way the one event that ends it.
package final class EventMailbox: Sendable {
  private struct Contents {
    var hasPlan = false
    var plan: NodeInventory?
    var hasHint = false
    var progress: [Int: AgentEvent] = [:]
    var others: [AgentEvent] = []
    var waiter: CheckedContinuation<Void, Never>?

    var isEmpty: Bool { !hasPlan && !hasHint && progress.isEmpty && others.isEmpty }
  }

  private let contents = Mutex(Contents())

  package init() {}

  package func post(_ event: AgentEvent) {
    let waiter = contents.withLock { contents in
      switch event {
      case .plan(let plan):
        contents.hasPlan = true
        contents.plan = plan
      case .runtimeChanged: contents.hasHint = true
      case .pullProgressed(_, let id, _): contents.progress[id] = event
      default: contents.others.append(event)
      }
      defer { contents.waiter = nil }
      return contents.waiter
    }
    waiter?.resume()
  }

  /// What is there, in an order in which it may be handled; emptied by this.
  package func take() -> [AgentEvent] {
    contents.withLock { contents in
      var events: [AgentEvent] = contents.progress.sorted { $0.key < $1.key }.map(\.value)
      events += contents.others
      if contents.hasPlan { events.append(.plan(contents.plan)) }
      if contents.hasHint { events.append(.runtimeChanged) }
      let waiter = contents.waiter
      contents = Contents()
      contents.waiter = waiter
      return events
    }
  }

  /// Waits until there is something, the deadline has passed or the task is cancelled.
  package func wait(until deadline: ContinuousClock.Instant) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.wait() }
      group.addTask {
        do {
          try await ContinuousClock().sleep(until: deadline)
        } catch {
          // Something came, or the whole is cancelled.
          return
        }
      }
      await group.next()
      group.cancelAll()
    }
  }

  private func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isReady = contents.withLock { contents in
          if !contents.isEmpty || Task.isCancelled { return true }
          contents.waiter = continuation
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      let waiter = contents.withLock { contents in
        defer { contents.waiter = nil }
        return contents.waiter
      }
      waiter?.resume()
    }
  }
}
