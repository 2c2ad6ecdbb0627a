import ContainerRuntime
import Synchronization

/// Lets a pull's progress through at most once an interval, and at once what is all or tells of more to fetch.
final class ProgressThrottle: Sendable {
  private struct Last {
    var time: ContinuousClock.Instant
    var total: UInt64
  }

  private let last = Mutex<Last?>(nil)
  private let interval: Duration

  init(interval: Duration) {
    self.interval = interval
  }

  func isDue(_ progress: PullProgress) -> Bool {
    let now = ContinuousClock.now
    let total = progress.totalBytes ?? 0
    return last.withLock { last in
      let isUrgent = progress.transferredBytes == progress.totalBytes || total > last?.total ?? 0
      if let last, now - last.time < interval, !isUrgent { return false }
      last = Last(time: now, total: total)
      return true
    }
  }
}
