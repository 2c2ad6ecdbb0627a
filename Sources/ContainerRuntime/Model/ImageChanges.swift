/// A hint that images changed. It says no more, because several may have been merged: look what there is now.
package struct ImageChange: Sendable, Hashable {
  package init() {}
}

/// Hints that images changed, at most one of them waiting to be taken. For one consumer.
///
/// Ends with a `RuntimeError` when the runtime goes away, and without one when the consumer's task is cancelled.
package struct ImageChanges: AsyncSequence, Sendable {
  package typealias Element = ImageChange
  package typealias Failure = RuntimeError

  private let stream: AsyncThrowingStream<ImageChange, any Error>

  /// Runs `produce` for as long as somebody listens; each call of its argument is a hint.
  package init(
    _ produce: @escaping @Sendable (_ hint: @escaping @Sendable () -> Void) async throws(RuntimeError) -> Void
  ) {
    stream = AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let task = Task {
        do {
          try await produce { continuation.yield(ImageChange()) }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: stream.makeAsyncIterator()) }

  package struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate var base: AsyncThrowingStream<ImageChange, any Error>.AsyncIterator

    package mutating func next() async throws(RuntimeError) -> ImageChange? {
      try await next(isolation: nil)
    }

    package mutating func next(isolation actor: isolated (any Actor)?) async throws(RuntimeError) -> ImageChange? {
      do {
        return try await base.next(isolation: actor)
      } catch let error as RuntimeError {
        throw error
      } catch {
        throw RuntimeError(operation: "watch images", message: "\(error)")
      }
    }
  }
}
