import NIOCore
import Synchronization

/// The two connections that a `Relay` joins.
final class RelayLink: Sendable {
  private struct State {
    var server: (any Channel)?
    var isLost = false
  }

  private let client: any Channel
  private let state = Mutex(State())

  init(client: any Channel) {
    self.client = client
  }

  func joined(_ server: any Channel) {
    state.withLock { $0.server = server }
  }

  func lose() {
    state.withLock { $0.isLost = true }
  }

  /// The other end, unless the way there is lost.
  func partner(of channel: any Channel) -> (any Channel)? {
    state.withLock { state in
      guard !state.isLost else { return nil }
      return channel === client ? state.server : client
    }
  }

  func close() {
    client.close(promise: nil)
    state.withLock { $0.server }?.close(promise: nil)
  }
}
