import Logging
import ServiceLifecycle
import CoreMetrics
import KubernetesClient

extension EventRecorder {
  /// Writes what is recorded, one after the other and not faster than the limits allow, until the queue is shut down or
  /// the task is cancelled.
  func work() async {
    var bucket = TokenBucket(burst: limits.burst, interval: limits.writeInterval, now: time.now)
    while let key = await queue.next() {
      let delay = bucket.take(now: time.now)
      if delay > .zero {
        // Cancelled: the write fails at once, and `next` returns nil. At a shutdown it is written without more ado.
        do { try await cancelWhenGracefulShutdown { [time] in try await time.sleep(for: delay) } } catch {}
      }
      if await !write(key) { queue.retry(key) } else { queue.forget(key) }
      queue.done(key)
    }
  }

  /// Writes what still waits, for a while.
  func flush() async {
    do {
      let result: Void? = try await withDeadline(time.now + limits.flush, time: time) {
        for key in self.waiting.prefix(self.limits.burst) where !Task.isCancelled {
          _ = await self.write(key)
        }
      }
      if result == nil { logger.info("not all events could be written before the shutdown") }
    } catch {
      // Cancelled: there is no more time.
    }
  }

  /// Writes what is to be written about one thing.
  ///
  /// - Returns: false where it should be tried again.
  private func write(_ key: EventKey) async -> Bool {
    guard let write = pendingWrite(for: key) else { return true }
    do throws(KubernetesError) {
      try await send(write)
      metrics.written.increment()
      succeeded(write, key: key)
      return true
    } catch {
      metrics.failed.increment()
      let isRetried = failed(key, error: error)
      logger.log(
        level: isFirstRefusal(error) ? .warning : .debug, "an event couldn't be written",
        metadata: ["reason": "\(key.reason)", "isRetried": "\(isRetried)", "error": "\(error)"])
      return !isRetried
    }
  }

  private func send(_ write: EventAggregator.Write) async throws(KubernetesError) {
    switch write {
    case .create(let event):
      do {
        _ = try await client.create(event)
      } catch {
        if error.isInvalid, event.regarding?.namespace == nil {
          // Kubernetes 1.20 accepts an event in `default` only where it names that as the object's namespace.
          var event = event
          event.regarding?.namespace = event.metadata.namespace
          _ = try await client.create(event)
        } else if !error.isAlreadyExists {
          throw error
        }
        // Else the name, which is random, was taken by an attempt of ours that got through after all.
      }
    case .series(let name, let namespace, let series):
      let encoded: JSONValue
      do {
        encoded = try JSONValue(encoding: series)
      } catch {
        throw KubernetesError(cause: .invalidRequest, message: "can't be encoded: \(error)", operation: "patch events")
      }
      _ = try await client.patch(Event.self, name: name, namespace: namespace, patch: .merge(["series": encoded]))
    }
  }
}
