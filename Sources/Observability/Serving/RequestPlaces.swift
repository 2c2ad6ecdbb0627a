import Synchronization

/// How much a server works on at once: requests, or their bytes.
package final class RequestPlaces: Sendable {
  private let taken = Mutex(0)
  private let limit: Int

  package init(limit: Int) {
    self.limit = limit
  }

  /// Takes some places, unless fewer are left.
  package func enter(_ count: Int = 1) -> Bool {
    taken.withLock { taken in
      guard count <= limit - taken else { return false }
      taken += count
      return true
    }
  }

  /// Gives places back that were taken.
  package func leave(_ count: Int = 1) { taken.withLock { $0 -= count } }
}
