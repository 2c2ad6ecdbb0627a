import CoreMetrics
import Synchronization

/// The value of one gauge: what was set last, moved by increments.
final class GaugeCell: MeterHandler, RecorderHandler {
  let id: SeriesID
  private let value = Mutex(0.0)

  init(id: SeriesID) {
    self.id = id
  }

  func set(_ value: Int64) { set(Double(value)) }
  func set(_ value: Double) { self.value.withLock { $0 = value } }
  func increment(by amount: Double) { value.withLock { $0 += amount } }
  func decrement(by amount: Double) { value.withLock { $0 -= amount } }
  func record(_ value: Int64) { set(Double(value)) }
  func record(_ value: Double) { set(value) }

  var text: String { PrometheusText.number(value.withLock { $0 }) }
}
