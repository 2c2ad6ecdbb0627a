import NIOCore
import NIOHTTP1

/// One request and its answer, as a state machine: what the network and the reader do goes in, what to do comes out.
///
/// At most one piece of the body is held; the network isn't asked for the next before the reader took it.
struct ExchangeState<Waiter: Sendable, Demand: Sendable>: Sendable {
  private enum Phase {
    case running
    case ended
    case failed(any Error)
  }

  private var phase = Phase.running
  private var head: HTTPResponseHead?
  private var chunk: (ByteBuffer, Demand)?
  private var waiter: Waiter?
  /// Whether any of the request went onto a connection.
  private(set) var isSent = false

  /// Whether nothing more can come from the network.
  var isOver: Bool {
    if case .running = phase { false } else { true }
  }

  mutating func sent() {
    isSent = true
  }

  /// - Returns: the reader to wake with the head.
  mutating func receive(head received: HTTPResponseHead) -> Waiter? {
    head = received
    return takeWaiter()
  }

  enum ChunkAction: Sendable {
    /// Hand the piece over and ask the network for more.
    case deliver(Waiter)
    /// It is kept until the reader comes.
    case hold
    /// Nobody will read it.
    case refuse(any Error)
  }

  mutating func receive(chunk received: ByteBuffer, demand: Demand) -> ChunkAction {
    if case .failed(let error) = phase { return .refuse(error) }
    if let waiter = takeWaiter() { return .deliver(waiter) }
    chunk = (received, demand)
    return .hold
  }

  /// - Returns: the reader to wake, unless a piece is still to be read first.
  mutating func end() -> Waiter? {
    guard case .running = phase else { return nil }
    phase = .ended
    return takeWaiter()
  }

  /// Ends everything with `error`, unless it is over already.
  mutating func fail(_ error: any Error) -> (waiter: Waiter?, demand: Demand?) {
    guard case .running = phase else { return (nil, nil) }
    phase = .failed(error)
    let demand = chunk?.1
    chunk = nil
    return (takeWaiter(), demand)
  }

  /// The reader asks for the head.
  mutating func readHead(_ reader: Waiter) -> ExchangeAnswer? {
    if case .failed(let error) = phase { return .failure(error) }
    if let head { return .head(head) }
    if case .ended = phase { return .end }
    waiter = reader
    return nil
  }

  /// The reader asks for a piece of the body.
  mutating func readChunk(_ reader: Waiter) -> (answer: ExchangeAnswer?, demand: Demand?) {
    if case .failed(let error) = phase { return (.failure(error), nil) }
    if let (buffer, demand) = chunk {
      chunk = nil
      return (.chunk(buffer), demand)
    }
    if case .ended = phase { return (.end, nil) }
    waiter = reader
    return (nil, nil)
  }

  private mutating func takeWaiter() -> Waiter? {
    defer { waiter = nil }
    return waiter
  }
}
