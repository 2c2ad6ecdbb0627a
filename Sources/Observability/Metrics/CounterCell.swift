import CoreMetrics
import Synchronization

/// The value of one counter. Only goes up: negative steps and what isn't a number are ignored.
final class CounterCell: CounterHandler, FloatingPointCounterHandler {
  let id: SeriesID
  private let value = Mutex(Value())

  private struct Value {
    var whole: Int64 = 0
    var fraction = 0.0
  }

  init(id: SeriesID) {
    self.id = id
  }

  func increment(by amount: Int64) {
    guard amount > 0 else { return }
    value.withLock { value in
      let (sum, overflow) = value.whole.addingReportingOverflow(amount)
      value.whole = overflow ? Int64.max : sum
    }
  }

  func increment(by amount: Double) {
    guard amount.isFinite, amount > 0 else { return }
    value.withLock { $0.fraction += amount }
  }

  func reset() {
    value.withLock { $0 = Value() }
  }

  var text: String {
    let value = value.withLock { $0 }
    return value.fraction == 0
      ? String(value.whole) : PrometheusText.number(Double(value.whole) + value.fraction)
  }
}
