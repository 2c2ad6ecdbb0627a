import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// A running request. It is cancelled when nobody holds it any more.
final class HTTPExchange: Sendable {
  /// Nothing came in time.
  struct Silence: Error {}
  /// The answer ended before it began.
  struct NoAnswer: Error {}

  private let delegate: ExchangeDelegate
  private let task: HTTPClient.Task<Void>

  /// - Parameter onEnd: called once when the HTTP client is done with the request.
  init(
    _ request: HTTPClient.Request, client: HTTPClient, onEnd: @escaping @Sendable () -> Void
  ) {
    let delegate = ExchangeDelegate()
    self.delegate = delegate
    task = client.execute(request: request, delegate: delegate)
    task.futureResult.whenComplete { result in
      if case .failure(let error) = result { delegate.fail(error) }
      onEnd()
    }
  }

  deinit {
    if !delegate.isOver { abort(CancellationError()) }
  }

  /// Whether any of the request went onto a connection. Without that the server can't have acted on it.
  var isSent: Bool { delegate.isSent }

  /// Ends the exchange with `error`.
  func abort(_ error: any Error) {
    delegate.fail(error)
    task.cancel()
  }

  /// The head of the answer.
  ///
  /// - Throws: `Silence` when it didn't come within `limit`, `CancellationError`, or what the HTTP client met. All of them
  ///   are final.
  func head(within limit: Duration) async throws -> HTTPResponseHead {
    switch await wait(limit, { self.delegate.readHead($0) }) {
    case .head(let head): return head
    case .failure(let error): throw error
    case .chunk, .end: throw NoAnswer()
    }
  }

  /// The next piece of the answer's body; nil at its end. For one reader at a time.
  ///
  /// - Throws: as `head(within:)`.
  func chunk(within limit: Duration) async throws -> ByteBuffer? {
    switch await wait(limit, { self.delegate.readChunk($0) }) {
    case .chunk(let buffer): return buffer
    case .failure(let error): throw error
    case .head, .end: return nil
    }
  }

  private func wait(
    _ limit: Duration, _ read: (ExchangeDelegate.Waiter) -> Void
  ) async -> ExchangeAnswer {
    let timer = task.eventLoop.scheduleTask(in: TimeAmount(limit)) { [weak self] in
      self?.abort(Silence())
    }
    defer { timer.cancel() }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { read($0) }
    } onCancel: {
      abort(CancellationError())
    }
  }
}
