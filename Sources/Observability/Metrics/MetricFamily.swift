/// All series of one metric.
struct MetricFamily {
  enum Kind: String {
    case counter, gauge, histogram
  }

  enum Cell {
    case counter(CounterCell)
    case gauge(GaugeCell)
    case histogram(HistogramCell)
  }

  let name: String
  let kind: Kind
  /// By labels.
  var cells: [String: Cell] = [:]

  func text(help: String?) -> String {
    var text = PrometheusText.header(name, type: kind.rawValue, help: help)
    for (labels, cell) in cells.sorted(by: { $0.key < $1.key }) {
      switch cell {
      case .counter(let cell): text += PrometheusText.sample(name, labels, cell.text)
      case .gauge(let cell): text += PrometheusText.sample(name, labels, cell.text)
      case .histogram(let cell): text += cell.text
      }
    }
    return text
  }
}
