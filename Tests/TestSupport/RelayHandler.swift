import NIOCore
import NIOPosix

/// The client's end of a `RelayLink`: makes the connection to the server, then passes bytes on.
final class RelayHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let link: RelayLink
  private let relay: Relay
  private var isProxy: Bool
  private var isJoined = false
  /// What came before there was somewhere to pass it on to.
  private var early = ByteBuffer()

  init(link: RelayLink, relay: Relay, isProxy: Bool) {
    self.link = link
    self.relay = relay
    self.isProxy = isProxy
  }

  func channelActive(context: ChannelHandlerContext) {
    if !isProxy { join(context) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var buffer = unwrapInboundIn(data)
    if isJoined {
      link.partner(of: context.channel)?.writeAndFlush(buffer, promise: nil)
    } else {
      early.writeBuffer(&buffer)
      if isProxy { readConnect(context) }
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    link.partner(of: context.channel)?.close(promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func readConnect(_ context: ChannelHandlerContext) {
    let text = String(buffer: early)
    guard text.hasSuffix("\r\n\r\n") else { return }
    relay.noteConnect(text)
    early.clear()
    isProxy = false
    let answer = text.hasPrefix("CONNECT ") ? "200 OK" : "405 Method Not Allowed"
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 \(answer)\r\n\r\n")), promise: nil)
    if text.hasPrefix("CONNECT ") { join(context) } else { context.close(promise: nil) }
  }

  private func join(_ context: ChannelHandlerContext) {
    let (link, client) = (link, context.channel)
    let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
    ClientBootstrap(group: context.eventLoop)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(RelayBackHandler(link: link))
        }
      }
      .connect(host: "127.0.0.1", port: relay.target)
      .whenComplete { result in
        switch result {
        case .success(let server):
          link.joined(server)
          handler.value.isJoined = true
          server.writeAndFlush(handler.value.early, promise: nil)
        case .failure:
          client.close(promise: nil)
        }
      }
  }
}

/// The server's end of a `RelayLink`.
final class RelayBackHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let link: RelayLink

  init(link: RelayLink) {
    self.link = link
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    link.partner(of: context.channel)?.writeAndFlush(unwrapInboundIn(data), promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    link.partner(of: context.channel)?.close(promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}
