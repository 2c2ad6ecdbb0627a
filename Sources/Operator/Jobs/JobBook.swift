package import Execution
package import KubernetesClient
import KubernetesRuntime
import Synchronization

/// Knows of Jobs what the informers don't yet: those that were just made, and those that were just deleted.
package final class JobBook: Sendable {
  /// How long an informer may be behind.
  private static let memory = Duration.seconds(30)

  private struct State {
    var made: [ObjectKey: (job: Job, at: Duration)] = [:]
    var gone: [String: Duration] = [:]
    var lastWrite: [String: Duration] = [:]
    var reserved = 0
  }

  private let stores: JobStores
  private let elapsed: @Sendable () -> Duration
  private let state = Mutex(State())

  /// - Parameter elapsed: time on a clock that doesn't go backwards.
  package init(stores: JobStores, elapsed: @escaping @Sendable () -> Duration) {
    self.stores = stores
    self.elapsed = elapsed
  }

  package func made(_ job: Job) {
    state.withLock { $0.made[job.key] = (job.trimmedForExecution, elapsed()) }
  }

  package func deleted(_ key: ObjectKey, uid: String) {
    state.withLock { state in
      state.gone[uid] = elapsed()
      if state.made[key]?.job.metadata.uid == uid { state.made[key] = nil }
    }
  }

  /// The names of all nodes that there are Jobs for.
  package var nodes: Set<String> {
    Set(all().compactMap { $0.metadata.annotations?[JobOrder.nodeAnnotation] })
  }

  package func pictures(of node: String) -> [JobPicture] {
    let pods = stores.pods.lookup(index: JobStores.nodeIndex, value: node)
    return all(stores.jobs.lookup(index: JobStores.nodeIndex, value: node))
      .filter { $0.metadata.annotations?[JobOrder.nodeAnnotation] == node }
      .compactMap { JobPicture($0, pods: pods) }
  }

  private func all(_ known: [Job]? = nil) -> [Job] {
    let known = known ?? stores.jobs.all
    return state.withLock { state in
      let now = elapsed()
      state.gone = state.gone.filter { now - $0.value < Self.memory }
      state.made = state.made.filter { now - $0.value.at < Self.memory && stores.jobs[$0.key] == nil }
      return known.filter { state.gone[$0.metadata.uid ?? ""] == nil } + state.made.values.map(\.job)
    }
  }

  // MARK: Surge

  /// Sets up to `count` places for new Jobs aside.
  ///
  /// - Parameter limit: how many Jobs may be at work at the same time; 0 is any number.
  package func reserve(_ count: Int, limit: Int) -> Int {
    guard limit > 0 else { return count }
    let active = all().count { job in
      job.metadata.annotations?[JobOrder.settledAnnotation] == nil
        && !(job.status?.conditions ?? []).contains { ["Complete", "Failed"].contains($0.type) && $0.status == .yes }
    }
    return state.withLock { state in
      let places = min(count, max(0, limit - active - state.reserved))
      state.reserved += places
      return places
    }
  }

  package func giveBack(_ places: Int, limit: Int) {
    guard limit > 0 else { return }
    state.withLock { $0.reserved -= places }
  }

  // MARK: Pace

  /// How long a status that nothing hangs on is to wait.
  package func pause(before node: String, interval: Duration) -> Duration? {
    state.withLock { state in
      let now = elapsed()
      guard let last = state.lastWrite[node], now - last < interval else { return nil }
      return interval - (now - last)
    }
  }

  package func wroteStatus(of node: String) {
    state.withLock { $0.lastWrite[node] = elapsed() }
  }
}
