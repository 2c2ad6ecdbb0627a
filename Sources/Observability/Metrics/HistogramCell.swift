import CoreMetrics
import Synchronization

/// One histogram: how many values fell under each bound, their number and their sum. Timers record seconds.
final class HistogramCell: RecorderHandler, TimerHandler {
  let id: SeriesID
  private let bounds: [Double]
  private let state: Mutex<State>

  private struct State {
    /// One for each bound, not cumulated, and one for what is above all of them.
    var counts: [UInt64]
    var sum = 0.0
  }

  /// - Parameter bounds: upper bounds, ascending, without infinity.
  init(id: SeriesID, bounds: [Double]) {
    self.id = id
    self.bounds = bounds
    state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
  }

  func record(_ value: Int64) { record(Double(value)) }

  /// What isn't a finite number is ignored: it would spoil the sum for good.
  func record(_ value: Double) {
    guard value.isFinite else { return }
    let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
    state.withLock { state in
      state.counts[bucket] += 1
      state.sum += value
    }
  }

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }

  func preferDisplayUnit(_: TimeUnit) {}

  var text: String {
    let state = state.withLock { $0 }
    var text = ""
    var count: UInt64 = 0
    for (bound, below) in zip(bounds + [.infinity], state.counts) {
      count += below
      let le = "le=\"\(PrometheusText.number(bound))\""
      let labels = id.labels.isEmpty ? le : "\(id.labels),\(le)"
      text += PrometheusText.sample("\(id.metric)_bucket", labels, String(count))
    }
    text += PrometheusText.sample("\(id.metric)_sum", id.labels, PrometheusText.number(state.sum))
    return text + PrometheusText.sample("\(id.metric)_count", id.labels, String(count))
  }
}
