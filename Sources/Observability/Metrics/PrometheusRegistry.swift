package import CoreMetrics
import Synchronization

/// A backend of swift-metrics that shows its values in Prometheus' text format.
///
/// A metric is there, at zero, as soon as a `Counter`, `Meter`, `Timer` or `Recorder` for it was made; so make them
/// when the program starts. Asking twice for the same name and dimensions gives the same value. Timers are histograms
/// in seconds, recorders are histograms, or gauges where they don't aggregate.
///
/// Memory is bounded: a metric has at most `maxSeries` sets of labels and the registry `maxMetrics` metrics. What is
/// beyond (or has the name of a metric of another kind) is kept nowhere, and counted by
/// `metrics_dropped_series_total`.
package final class PrometheusRegistry: MetricsFactory {
  /// From 5 ms to 10 minutes: requests as well as pulls of large images.
  package static let defaultBuckets: [Double] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
  ]
  /// The metric that counts how often a series was refused.
  package static let droppedName = "metrics_dropped_series_total"

  private struct State {
    var families: [String: MetricFamily] = [:]
    var descriptions: [String: MetricDescription] = [:]
  }

  private let maxSeries: Int
  private let maxMetrics: Int
  private let defaultBuckets: [Double]
  private let dropped = CounterCell(id: SeriesID(metric: PrometheusRegistry.droppedName, labels: ""))
  private let state: Mutex<State>

  package init(
    maxSeries: Int = 500, maxMetrics: Int = 500, buckets: [Double] = PrometheusRegistry.defaultBuckets
  ) {
    self.maxSeries = maxSeries
    self.maxMetrics = maxMetrics
    defaultBuckets = Self.usable(buckets)
    var family = MetricFamily(name: Self.droppedName, kind: .counter)
    family.cells[""] = .counter(dropped)
    let help = "Series that were refused because a metric had too many, or a name was taken."
    state = Mutex(
      State(
        families: [Self.droppedName: family],
        descriptions: [Self.droppedName: MetricDescription(Self.droppedName, help: help)]))
  }

  /// Gives metrics their help text and buckets. Buckets hold for series that are made afterwards.
  package func describe(_ descriptions: [MetricDescription]) {
    state.withLock { state in
      for description in descriptions {
        state.descriptions[MetricName.metric(description.name)] = description
      }
    }
  }

  /// All values in Prometheus' text format (version 0.0.4), sorted by name and labels.
  package var text: String {
    let (families, descriptions) = state.withLock { ($0.families, $0.descriptions) }
    return families.values.sorted { $0.name < $1.name }
      .map { $0.text(help: descriptions[$0.name]?.help) }
      .joined()
  }

  private static func usable(_ buckets: [Double]) -> [Double] {
    Set(buckets.filter(\.isFinite)).sorted()
  }

  /// The cell of a series, made by `make` where there is none; nil where there can't be one.
  private func cell(
    _ label: String, _ dimensions: [(String, String)], _ kind: MetricFamily.Kind,
    make: (SeriesID, [Double]) -> MetricFamily.Cell
  ) -> MetricFamily.Cell? {
    let name = MetricName.metric(label)
    let id = SeriesID(metric: name, labels: PrometheusText.labels(dimensions))
    return state.withLock { state in
      if state.families[name] == nil {
        guard state.families.count < maxMetrics else { return nil }
        state.families[name] = MetricFamily(name: name, kind: kind)
      }
      guard let family = state.families[name], family.kind == kind else { return nil }
      if let cell = family.cells[id.labels] { return cell }
      guard family.cells.count < maxSeries else { return nil }
      let cell = make(id, state.descriptions[name]?.buckets.map(Self.usable) ?? defaultBuckets)
      state.families[name]?.cells[id.labels] = cell
      return cell
    }
  }

  private func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterCell {
    let cell = cell(label, dimensions, .counter) { id, _ in .counter(CounterCell(id: id)) }
    if case .counter(let cell) = cell { return cell }
    return CounterCell(id: drop())
  }

  private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeCell {
    let cell = cell(label, dimensions, .gauge) { id, _ in .gauge(GaugeCell(id: id)) }
    if case .gauge(let cell) = cell { return cell }
    return GaugeCell(id: drop())
  }

  private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramCell {
    let cell = cell(label, dimensions, .histogram) { id, bounds in
      .histogram(HistogramCell(id: id, bounds: bounds))
    }
    if case .histogram(let cell) = cell { return cell }
    return HistogramCell(id: drop(), bounds: [])
  }

  /// Counts a refusal and returns the name of nothing.
  private func drop() -> SeriesID {
    dropped.increment(by: Int64(1))
    return SeriesID(metric: "", labels: "")
  }

  /// Forgets a series, unless another one took its place. The metric stays.
  private func forget(_ id: SeriesID, if isSame: (MetricFamily.Cell) -> Bool) {
    state.withLock { state in
      guard let cell = state.families[id.metric]?.cells[id.labels], isSame(cell) else { return }
      state.families[id.metric]?.cells[id.labels] = nil
    }
  }
}

extension PrometheusRegistry {
  package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    counter(label, dimensions)
  }

  package func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    counter(label, dimensions)
  }

  package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    gauge(label, dimensions)
  }

  package func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    if aggregate { return histogram(label, dimensions) }
    return gauge(label, dimensions)
  }

  package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    histogram(label, dimensions)
  }

  package func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }
  package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { destroy(handler) }
  package func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }
  package func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }
  package func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }

  private func destroy(_ handler: AnyObject) {
    switch handler {
    case let cell as CounterCell:
      forget(cell.id) { if case .counter(let other) = $0 { other === cell } else { false } }
    case let cell as GaugeCell:
      forget(cell.id) { if case .gauge(let other) = $0 { other === cell } else { false } }
    case let cell as HistogramCell:
      forget(cell.id) { if case .histogram(let other) = $0 { other === cell } else { false } }
    default: break
    }
  }
}
