import AsyncHTTPClient
import NIOCore
import Synchronization

/// One HTTP client with its connections, which can be replaced as a whole.
final class ConnectionGeneration: Sendable {
  private struct State {
    var users = 0
    var isRetired = false
  }

  let number: Int
  /// The certificates that its connections use.
  let material: TLSMaterial
  private let client: HTTPClient
  private let state = Mutex(State())
  private let idle: EventLoopPromise<Void>
  private let closed: EventLoopPromise<Void>

  init(number: Int, material: TLSMaterial, configuration: HTTPClient.Configuration) {
    self.number = number
    self.material = material
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let loop = HTTPClient.defaultEventLoopGroup.any()
    idle = loop.makePromise()
    closed = loop.makePromise()
  }

  /// Starts a request. On a retired generation it fails soon.
  func start(_ request: HTTPClient.Request) -> HTTPExchange {
    state.withLock { $0.users += 1 }
    return HTTPExchange(request, client: client) { self.end() }
  }

  private func end() {
    let isLast = state.withLock { state in
      state.users -= 1
      return state.users == 0 && state.isRetired
    }
    if isLast { idle.succeed() }
  }

  /// Closes the connections once no request runs any more, or after `limit`.
  ///
  /// - Returns: when they are closed.
  @discardableResult
  func retire(within limit: Duration) -> EventLoopFuture<Void> {
    let (isFirst, isIdle) = state.withLock { state in
      defer { state.isRetired = true }
      return (!state.isRetired, state.users == 0)
    }
    guard isFirst else { return closed.futureResult }
    if isIdle { idle.succeed() }
    let loop = idle.futureResult.eventLoop
    let late = loop.scheduleTask(in: TimeAmount(limit)) {}
    // Whichever comes first.
    let due = loop.makePromise(of: Void.self)
    idle.futureResult.whenComplete { _ in
      late.cancel()
      due.succeed()
    }
    late.futureResult.whenSuccess { due.succeed() }
    due.futureResult.whenComplete { _ in
      let done: EventLoopFuture<Void> = self.client.shutdown()
      done.whenComplete { _ in
        self.idle.succeed()
        self.closed.succeed()
      }
    }
    return closed.futureResult
  }
}
