import NIOCore
import NIOPosix
import Synchronization

/// Passes TCP connections on to a server on the loopback interface, and can lose what goes through it: a network path, a
/// load balancer or an HTTP proxy (CONNECT) for tests.
package final class Relay: Sendable {
  private struct State {
    var listener: (any Channel)?
    var target: Int
    var links: [RelayLink] = []
    var connects: [String] = []
  }

  private let state: Mutex<State>

  private init(target: Int) {
    state = Mutex(State(target: target))
  }

  /// Runs `body` with a relay to the port `target`.
  ///
  /// - Parameter isProxy: whether clients must say where they want to go by CONNECT; they get to `target` all the same.
  package static func with<Result: Sendable>(
    target: Int, isProxy: Bool = false, _ body: (Relay) async throws -> Result
  ) async throws -> Result {
    let relay = Relay(target: target)
    let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { relay.accept($0, isProxy: isProxy) }
      .bind(host: "127.0.0.1", port: 0).get()
    relay.state.withLock { $0.listener = listener }
    let result: Result
    do {
      result = try await body(relay)
    } catch {
      try await relay.stop(listener)
      throw error
    }
    try await relay.stop(listener)
    return result
  }

  /// The port that it listens on.
  package var port: Int { state.withLock { $0.listener?.localAddress?.port ?? 0 } }

  /// How many connections came so far.
  package var connections: Int { state.withLock { $0.links.count } }

  /// What was asked for by CONNECT: the heads of the requests.
  package var connects: [String] { state.withLock { $0.connects } }

  /// From now on everything on the connections that there are is lost, their ends included. New ones work.
  package func loseConnections() {
    for link in state.withLock({ $0.links }) { link.lose() }
  }

  /// Where new connections go.
  package func redirect(to target: Int) {
    state.withLock { $0.target = target }
  }

  var target: Int { state.withLock { $0.target } }

  func noteConnect(_ head: String) {
    state.withLock { $0.connects.append(head) }
  }

  private func accept(_ channel: any Channel, isProxy: Bool) -> EventLoopFuture<Void> {
    let link = RelayLink(client: channel)
    state.withLock { $0.links.append(link) }
    return channel.eventLoop.makeCompletedFuture {
      try channel.pipeline.syncOperations.addHandler(RelayHandler(link: link, relay: self, isProxy: isProxy))
    }
  }

  private func stop(_ listener: any Channel) async throws {
    try await listener.close().get()
    for link in state.withLock({ $0.links }) { link.close() }
  }
}
