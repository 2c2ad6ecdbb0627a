import NIOCore
import NIOHTTP1

/// What there is for the reader of an exchange.
enum ExchangeAnswer: Sendable {
  case head(HTTPResponseHead)
  /// A piece of the body.
  case chunk(ByteBuffer)
  case end
  case failure(any Error)
}
