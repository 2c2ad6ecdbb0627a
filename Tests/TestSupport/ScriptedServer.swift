import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
package import NIOSSL
import Synchronization

/// An HTTP server on a free port of the loopback interface that answers as a test says.
///
/// Plain it speaks HTTP/1.1; with TLS also HTTP/2 by ALPN. It keeps every request, in the order of their coming.
package final class ScriptedServer: Sendable {
  /// What is answered to a request.
  package typealias Script = @Sendable (ScriptedRequest) async -> ScriptedReply

  private struct State {
    var requests: [ScriptedRequest] = []
    var connections = 0
    var channels: [Int: any Channel] = [:]
  }

  /// The port that it listens on.
  package let port: Int
  private let listener: any Channel
  private let state: Mutex<State>

  /// Starts the server.
  package static func start(tls: TLSConfiguration? = nil, script: @escaping Script) async throws -> ScriptedServer {
    let server = ScriptedServerBuilder(script: script)
    let context = try tls.map { try NIOSSLContext(configuration: $0) }
    let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in server.configure(channel, context) }
      .bind(host: "127.0.0.1", port: 0).get()
    return ScriptedServer(listener: listener, builder: server)
  }

  private init(listener: any Channel, builder: ScriptedServerBuilder) {
    self.listener = listener
    port = listener.localAddress?.port ?? 0
    state = Mutex(State())
    builder.attach(self)
  }

  /// `http://127.0.0.1:port`.
  package var url: String { "http://127.0.0.1:\(port)" }

  /// All requests so far.
  package var requests: [ScriptedRequest] { state.withLock { $0.requests } }

  /// How many connections were opened so far.
  package var connections: Int { state.withLock { $0.connections } }

  /// How many connections are open.
  package var openConnections: Int { state.withLock { $0.channels.count } }

  /// Closes the listener and all connections.
  package func stop() async throws {
    let channels = state.withLock { Array($0.channels.values) }
    try await listener.close().get()
    for channel in channels {
      channel.close(promise: nil)
    }
  }

  /// Takes no further requests on the HTTP/2 connections that there are, and tells clients so.
  package func drain() async throws {
    for channel in state.withLock({ Array($0.channels.values) }) {
      let farewell = HTTP2Frame.FramePayload.goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil)
      try await channel.writeAndFlush(HTTP2Frame(streamID: .rootStream, payload: farewell)).get()
    }
  }

  /// Runs `body` with a server, which is stopped afterwards.
  package static func with<Result: Sendable>(
    tls: TLSConfiguration? = nil, script: @escaping Script, _ body: (ScriptedServer) async throws -> Result
  ) async throws -> Result {
    let server = try await start(tls: tls, script: script)
    let result: Result
    do {
      result = try await body(server)
    } catch {
      try await server.stop()
      throw error
    }
    try await server.stop()
    return result
  }

  func opened(_ channel: any Channel) -> Int {
    let number = state.withLock { state in
      state.connections += 1
      state.channels[state.connections] = channel
      return state.connections
    }
    channel.closeFuture.whenComplete { _ in
      self.state.withLock { _ = $0.channels.removeValue(forKey: number) }
    }
    return number
  }

  func received(_ request: ScriptedRequest) {
    state.withLock { $0.requests.append(request) }
  }
}
