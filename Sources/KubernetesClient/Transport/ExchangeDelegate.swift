import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// Moves what the HTTP client reports into an `ExchangeState`, and wakes its reader.
final class ExchangeDelegate: HTTPClientResponseDelegate {
  typealias Response = Void
  typealias Waiter = CheckedContinuation<ExchangeAnswer, Never>

  private let state = Mutex(ExchangeState<Waiter, EventLoopPromise<Void>>())

  /// Whether any of the request went onto a connection.
  var isSent: Bool { state.withLock { $0.isSent } }
  var isOver: Bool { state.withLock { $0.isOver } }

  // MARK: The network's side

  func didSendRequestHead(task: HTTPClient.Task<Void>, _ head: HTTPRequestHead) {
    state.withLock { $0.sent() }
  }

  func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
    state.withLock { $0.receive(head: head) }?.resume(returning: .head(head))
    return task.eventLoop.makeSucceededVoidFuture()
  }

  func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
    let demand = task.eventLoop.makePromise(of: Void.self)
    switch state.withLock({ $0.receive(chunk: buffer, demand: demand) }) {
    case .deliver(let waiter):
      waiter.resume(returning: .chunk(buffer))
      demand.succeed()
    case .hold:
      break
    case .refuse(let error):
      demand.fail(error)
    }
    return demand.futureResult
  }

  func didReceiveError(task: HTTPClient.Task<Void>, _ error: any Error) {
    fail(error)
  }

  func didFinishRequest(task: HTTPClient.Task<Void>) throws {
    state.withLock { $0.end() }?.resume(returning: .end)
  }

  /// Ends the exchange for the reader, whatever the network does then.
  func fail(_ error: any Error) {
    let (waiter, demand) = state.withLock { $0.fail(error) }
    waiter?.resume(returning: .failure(error))
    demand?.fail(error)
  }

  // MARK: The reader's side

  func readHead(_ waiter: Waiter) {
    if let answer = state.withLock({ $0.readHead(waiter) }) { waiter.resume(returning: answer) }
  }

  func readChunk(_ waiter: Waiter) {
    let (answer, demand) = state.withLock { $0.readChunk(waiter) }
    if let answer { waiter.resume(returning: answer) }
    demand?.succeed()
  }
}
