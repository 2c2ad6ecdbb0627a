import NIOCore
import NIOHTTP1

/// Collects one request at a time and writes the answer that the script gives.
final class ScriptedServerHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let server: ScriptedServer
  private let connection: Int
  private let isHTTP2: Bool
  private let script: ScriptedServer.Script
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []

  init(server: ScriptedServer, connection: Int, isHTTP2: Bool, script: @escaping ScriptedServer.Script) {
    self.server = server
    self.connection = connection
    self.isHTTP2 = isHTTP2
    self.script = script
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
    case .body(let buffer):
      body += buffer.readableBytesView
    case .end:
      guard let head else { return }
      let request = ScriptedRequest(
        method: head.method.rawValue, target: head.uri,
        headers: head.headers.map { ScriptedRequest.Header(name: $0.name.lowercased(), value: $0.value) },
        body: body, connection: connection, isHTTP2: isHTTP2)
      server.received(request)
      answer(request, context.channel)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  /// The task ends with the script's answer, or with the connection.
  private func answer(_ request: ScriptedRequest, _ channel: any Channel) {
    let script = script
    let task = Task {
      let reply = await script(request)
      do {
        try await reply.write(to: channel, isHTTP2: request.isHTTP2)
      } catch {
        // The client is gone, as tests want it to be.
        channel.close(promise: nil)
      }
    }
    channel.closeFuture.whenComplete { _ in task.cancel() }
  }
}
