import NIOCore
import NIOHTTP1

extension ScriptedReply {
  /// Writes the answer to `channel`, which is one stream only with HTTP/2.
  func write(to channel: any Channel, isHTTP2: Bool) async throws {
    let connection = isHTTP2 ? channel.parent ?? channel : channel
    switch kind {
    case .silence:
      return
    case .drop:
      connection.close(promise: nil)
    case .pieces(let status, let headers, let pieces):
      let fields = HTTPHeaders(headers.map { ($0.name, $0.value) })
      let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: fields)
      try await channel.writeAndFlush(HTTPServerResponsePart.head(head))
      for await piece in pieces() {
        switch piece {
        case .bytes(let bytes):
          try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes))))
        case .drop:
          connection.close(promise: nil)
          return
        case .silence:
          return
        }
      }
      try await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
    }
  }
}
