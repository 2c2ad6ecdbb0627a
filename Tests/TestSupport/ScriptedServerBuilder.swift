import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOSSL
import Synchronization

/// Sets up the connections of a `ScriptedServer`, which comes into being only after its listener.
final class ScriptedServerBuilder: Sendable {
  private let script: ScriptedServer.Script
  private let server = Mutex<ScriptedServer?>(nil)

  init(script: @escaping ScriptedServer.Script) {
    self.script = script
  }

  func attach(_ server: ScriptedServer) {
    self.server.withLock { $0 = server }
  }

  func configure(_ channel: any Channel, _ context: NIOSSLContext?) -> EventLoopFuture<Void> {
    guard let server = server.withLock({ $0 }) else {
      return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
    }
    let number = server.opened(channel)
    let script = script
    guard let context else { return Self.configureHTTP1(channel, server, number, script) }
    return channel.eventLoop.makeCompletedFuture {
      try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
    }.flatMap {
      channel.configureHTTP2SecureUpgrade(
        h2ChannelConfigurator: { channel in
          channel.configureHTTP2Pipeline(mode: .server) { stream in
            stream.eventLoop.makeCompletedFuture {
              try stream.pipeline.syncOperations.addHandlers(
                HTTP2FramePayloadToHTTP1ServerCodec(),
                ScriptedServerHandler(server: server, connection: number, isHTTP2: true, script: script))
            }
          }.map { _ in }
        },
        http1ChannelConfigurator: { channel in Self.configureHTTP1(channel, server, number, script) })
    }
  }

  private static func configureHTTP1(
    _ channel: any Channel, _ server: ScriptedServer, _ number: Int, _ script: @escaping ScriptedServer.Script
  ) -> EventLoopFuture<Void> {
    channel.eventLoop.makeCompletedFuture {
      try channel.pipeline.syncOperations.configureHTTPServerPipeline()
      try channel.pipeline.syncOperations.addHandler(
        ScriptedServerHandler(server: server, connection: number, isHTTP2: false, script: script))
    }
  }
}
