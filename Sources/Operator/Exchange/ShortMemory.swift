import KubernetesRuntime
import Synchronization

/// Looks values up, once for all who ask at the same time, and remembers them for a short while. Forgets them by itself.
///
/// Looks are made by `run`, so an asker that goes away takes nobody else's answer along.
package final class ShortMemory<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// A look that is being made.
  private final class Look: Sendable {
    let isOver = Latch()
    let result: Mutex<Value?> = Mutex(nil)

    func end(_ value: Value?) {
      result.withLock { $0 = value }
      isOver.open()
    }
  }

  private enum Entry {
    case looking(Look)
    case known(Value, until: Duration)
  }

  private struct State {
    var entries: [Key: Entry] = [:]
    /// Looks that nobody makes yet.
    var orders: [(key: Key, look: Look)] = []
    var isRunning = false
  }

  private let lifetime: Duration
  private let capacity: Int
  private let keeps: @Sendable (Value) -> Bool
  private let look: @Sendable (Key) async -> Value
  private let time: TimeSource
  private let state = Mutex(State())
  private let (signals, signal) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

  /// - Parameters:
  ///   - lifetime: for how long values are remembered.
  ///   - capacity: how many keys are looked up and remembered at most.
  ///   - keeps: which values are remembered. Others go to those only who wait for them.
  ///   - look: must end by itself.
  package init(
    lifetime: Duration, capacity: Int, clock: any Clock<Duration> = ContinuousClock(),
    keeps: @escaping @Sendable (Value) -> Bool = { _ in true }, look: @escaping @Sendable (Key) async -> Value
  ) {
    self.lifetime = lifetime
    self.capacity = capacity
    self.keeps = keeps
    self.look = look
    time = TimeSource(clock)
  }

  /// How many values are remembered or being looked up.
  package var count: Int { state.withLock { $0.entries.count } }

  /// - Returns: nil where the task was cancelled, where there is no room, and where `run` doesn't run.
  package func value(for key: Key) async -> Value? {
    let now = time.now
    let (known, look) = state.withLock { state -> (Value?, Look?) in
      switch state.entries[key] {
      case .known(let value, let until) where now < until: return (value, nil)
      case .looking(let look): return (nil, look)
      case let old:
        guard state.isRunning, old != nil || state.entries.count < capacity else { return (nil, nil) }
        let look = Look()
        state.entries[key] = .looking(look)
        state.orders.append((key, look))
        return (nil, look)
      }
    }
    guard let look else { return known }
    signal.yield()
    guard await look.isOver.wait() else { return nil }
    return look.result.withLock { $0 }
  }

  /// Makes the looks and forgets, until the task is cancelled; then everything at once. To be run once.
  package func run() async {
    state.withLock { $0.isRunning = true }
    await withDiscardingTaskGroup { group in
      group.addTask { await self.forget() }
      for await _ in signals {
        let orders = state.withLock { state in
          defer { state.orders = [] }
          return state.orders
        }
        for (key, look) in orders { group.addTask { await self.make(look, for: key) } }
      }
      group.cancelAll()
    }
    let orders = state.withLock { state in
      defer { state = State() }
      return state.orders
    }
    for (_, look) in orders { look.end(nil) }
  }

  private func make(_ look: Look, for key: Key) async {
    let value = await self.look(key)
    let until = time.now + lifetime
    let isKept = keeps(value)
    state.withLock { state in
      guard state.isRunning else { return }
      state.entries[key] = isKept ? .known(value, until: until) : nil
    }
    look.end(value)
    if isKept { forgetting.yield() }
  }

  private let (rests, forgetting) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

  /// Sleeps while there is nothing to forget.
  private func forget() async {
    for await _ in rests {
      while let next = forgetExpired() {
        do {
          try await time.sleep(until: next)
        } catch {
          return
        }
      }
    }
  }

  /// - Returns: when there is something to forget next; nil where nothing is remembered.
  private func forgetExpired() -> Duration? {
    let now = time.now
    return state.withLock { state in
      state.entries = state.entries.filter { _, entry in
        if case .known(_, let until) = entry { now < until } else { true }
      }
      return state.entries.values.compactMap { entry in
        if case .known(_, let until) = entry { until } else { nil }
      }.min()
    }
  }
}
