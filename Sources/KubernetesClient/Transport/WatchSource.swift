import NIOCore

/// The bytes of a watch, with an end to silence.
struct WatchSource: Sendable {
  let exchange: HTTPExchange
  let generation: ConnectionGeneration
  let sender: RequestSender
  let operation: String
  /// How long nothing at all may come.
  let idleLimit: Duration
  let maxEventBytes: Int
  /// Whether other requests share the connection, so that one of them can tell whether it lives.
  let isMultiplexed: Bool

  /// The next bytes; nil at the end.
  func next() async throws(KubernetesError) -> [UInt8]? {
    do {
      return try await exchange.chunk(within: idleLimit).map { Array($0.readableBytesView) }
    } catch is HTTPExchange.Silence {
      if isMultiplexed, await sender.isAlive(generation) {
        // Nothing changed for long, and the server sends bookmarks only for what changes. Ending the watch is enough in
        // case that only this stream was lost.
        return nil
      }
      sender.transport.retire(generation, because: "a watch was silent")
      throw KubernetesError(
        cause: .timeout, message: "neither an event nor a bookmark for \(GoDuration.format(idleLimit))",
        operation: operation)
    } catch {
      throw sender.error(error, exchange: exchange, operation: operation, isWrite: false)
    }
  }

  /// The watch ended in the middle of an event.
  func truncated() -> KubernetesError {
    KubernetesError(cause: .connection, message: "the watch ended in the middle of an event", operation: operation)
  }
}
