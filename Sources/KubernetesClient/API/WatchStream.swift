#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The events of one watch, for one reader.
///
/// Nothing is read from the network before the reader asks: a slow reader slows the server down. The watch ends when
/// the stream and its iterators are gone, or when the reading task is cancelled.
public struct WatchStream<R: KubernetesResource>: AsyncSequence, Sendable {
  public typealias Element = WatchEvent<R>
  public typealias Failure = KubernetesError

  private let source: WatchSource

  init(_ source: WatchSource) {
    self.source = source
  }

  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(source: source, splitter: LineSplitter(maxBytes: source.maxEventBytes))
  }

  public struct AsyncIterator: AsyncIteratorProtocol {
    let source: WatchSource
    var splitter: LineSplitter
    var isOver = false

    /// The next event; nil when the server ended the watch.
    ///
    /// - Throws: what the server reported, a transient error when the connection was lost or silent for too long, or one
    ///   with the cause `.decoding`. Nothing comes after an error.
    public mutating func next() async throws(KubernetesError) -> WatchEvent<R>? {
      try await next(isolation: nil)
    }

    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(KubernetesError) -> WatchEvent<R>? {
      guard !isOver else { return nil }
      do {
        let event = try await read(isolation: actor)
        isOver = event == nil
        return event
      } catch {
        isOver = true
        throw error
      }
    }

    private mutating func read(
      isolation actor: isolated (any Actor)?
    ) async throws(KubernetesError) -> WatchEvent<R>? {
      while true {
        if let line = try nextLine() { return try decode(line) }
        guard let chunk = try await source.next() else {
          guard splitter.isEmpty else { throw source.truncated() }
          return nil
        }
        splitter.append(chunk)
      }
    }

    private mutating func nextLine() throws(KubernetesError) -> [UInt8]? {
      do {
        return try splitter.next()
      } catch {
        throw KubernetesError(
          cause: .decoding, message: "an event is longer than \(error.limit) bytes", operation: source.operation)
      }
    }

    private func decode(_ line: [UInt8]) throws(KubernetesError) -> WatchEvent<R> {
      let envelope: WatchEnvelope<R>
      do {
        envelope = try JSONDecoder().decode(WatchEnvelope<R>.self, from: Data(line))
      } catch {
        throw KubernetesError(
          cause: .decoding, message: "an event can't be decoded: \(DecodingProblem.describe(error))",
          operation: source.operation)
      }
      return try envelope.event(operation: source.operation)
    }
  }
}
