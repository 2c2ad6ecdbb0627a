import Logging
import CoreMetrics
import KubernetesClient

extension Informer {
  /// The shell of the watcher: carries out its requests one after the other, until the task is cancelled.
  func follow() async {
    var options = WatcherOptions()
    options.isSingle = scope.name != nil
    options.streamsInitialList = await streamsInitialList()
    var generator = SystemRandomNumberGenerator()
    var state = WatcherState<R>(options: options)
    var stream: WatchStream<R>.AsyncIterator?
    var openedAt: Duration?
    var input = WatcherInput<R>.started
    while !Task.isCancelled {
      let step = state.handle(input, using: &generator)
      for effect in step.effects { apply(effect) }
      switch step.request {
      case .list(let token, let limit):
        stream = nil
        input = await list(continueToken: token, limit: limit)
      case .get:
        input = await get()
      case .watch(let version, let sendInitialEvents):
        stream = nil
        openedAt = nil
        do throws(KubernetesError) {
          stream = try await open(version, sendInitialEvents: sendInitialEvents).makeAsyncIterator()
          openedAt = time.now
          input = .opened
        } catch {
          note(error)
          input = .closed(WatchFailure(error), lasted: .zero)
        }
      case .nextEvent:
        do throws(KubernetesError) {
          if let event = try await stream?.next() {
            input = .event(transformed(event))
          } else {
            input = .closed(nil, lasted: lasted(since: openedAt))
          }
        } catch {
          note(error)
          input = .closed(WatchFailure(error), lasted: lasted(since: openedAt))
        }
      case .wait(let delay):
        stream = nil
        // Cancelled: the loop ends.
        do { try await time.sleep(for: delay) } catch {}
        input = .timer
      }
    }
  }

  private func lasted(since openedAt: Duration?) -> Duration {
    openedAt.map { time.now - $0 } ?? .zero
  }

  /// Whether the server streams initial lists. Only servers that are known to refuse the question politely are asked
  /// to: older ones ignore it, and would never say that the list is complete.
  private func streamsInitialList() async -> Bool {
    guard scope.name == nil else { return false }
    do throws(KubernetesError) {
      let version = try await client.serverVersion()
      guard let major = Int(version.major), let minor = Int(version.minor.prefix { $0.isNumber }) else { return false }
      return (major, minor) >= (1, 32)
    } catch {
      logger.debug("the server's version is unknown; lists come in pages", metadata: ["error": "\(error)"])
      return false
    }
  }

  private func list(continueToken: String?, limit: Int?) async -> WatcherInput<R> {
    do throws(KubernetesError) {
      var page = try await client.list(
        R.self, namespace: scope.namespace,
        options: ListOptions(
          labelSelector: labelSelector, fieldSelector: fieldSelector, limit: limit, continueToken: continueToken))
      if let transform { page.items = page.items.map(transform) }
      if continueToken == nil { metrics.lists.increment() }
      return .listed(page)
    } catch {
      note(error)
      return .listFailed(WatchFailure(error))
    }
  }

  private func get() async -> WatcherInput<R> {
    do throws(KubernetesError) {
      let object = try await client.get(R.self, name: scope.name ?? "", namespace: scope.namespace)
      metrics.lists.increment()
      return .got(transform?(object) ?? object)
    } catch {
      if error.isObjectMissing {
        metrics.lists.increment()
        return .got(nil)
      }
      note(error)
      return .getFailed(WatchFailure(error))
    }
  }

  private func open(_ version: String?, sendInitialEvents: Bool) async throws(KubernetesError) -> WatchStream<R> {
    metrics.watches.increment()
    return try await client.watch(
      R.self, namespace: scope.namespace,
      options: WatchOptions(
        labelSelector: labelSelector, fieldSelector: fieldSelector, resourceVersion: version,
        sendInitialEvents: sendInitialEvents))
  }

  private func transformed(_ event: WatchEvent<R>) -> WatchEvent<R> {
    guard let transform else { return event }
    return switch event {
    case .added(let object): .added(transform(object))
    case .modified(let object): .modified(transform(object))
    case .deleted(let object): .deleted(transform(object))
    case .bookmark: event
    }
  }
}
