import CoreMetrics
import Observability
import Testing

@Suite struct PrometheusRegistryTests {
  /// What every registry says of itself.
  private let own = """
    # HELP metrics_dropped_series_total Series that were refused because a metric had too many, or a name was taken.
    # TYPE metrics_dropped_series_total counter
    metrics_dropped_series_total 0

    """

  @Test func everyKindIsWrittenAsTheTextFormatWantsIt() {
    let registry = PrometheusRegistry(buckets: [10, 0.5, 1, .infinity])
    registry.describe([
      MetricDescription("pulls_total", help: "Pulls by result."),
      MetricDescription("size", help: "Sizes.\nIn \\ bytes.", buckets: [1000]),
    ])
    Counter(label: "pulls_total", dimensions: [("result", "ok")], factory: registry).increment(by: 3)
    Counter(label: "pulls_total", dimensions: [("result", "failed"), ("node", "a")], factory: registry).increment()
    FloatingPointCounter(label: "seconds_total", factory: registry).increment(by: 1.25)
    Meter(label: "depth", factory: registry).set(7)
    Gauge(label: "ratio", factory: registry).record(0.5)
    let timer = Timer(label: "pull.seconds", dimensions: [("b", "2"), ("a", "1")], factory: registry)
    timer.recordNanoseconds(250_000_000)
    timer.recordNanoseconds(1_000_000_000)
    timer.recordNanoseconds(20_000_000_000)
    Recorder(label: "size", factory: registry).record(1001)
    #expect(
      registry.text == """
        # TYPE depth gauge
        depth 7

        """ + own + """
          # TYPE pull_seconds histogram
          pull_seconds_bucket{a="1",b="2",le="0.5"} 1
          pull_seconds_bucket{a="1",b="2",le="1"} 2
          pull_seconds_bucket{a="1",b="2",le="10"} 2
          pull_seconds_bucket{a="1",b="2",le="+Inf"} 3
          pull_seconds_sum{a="1",b="2"} 21.25
          pull_seconds_count{a="1",b="2"} 3
          # HELP pulls_total Pulls by result.
          # TYPE pulls_total counter
          pulls_total{node="a",result="failed"} 1
          pulls_total{result="ok"} 3
          # TYPE ratio gauge
          ratio 0.5
          # TYPE seconds_total counter
          seconds_total 1.25
          # HELP size Sizes.\\nIn \\\\ bytes.
          # TYPE size histogram
          size_bucket{le="1000"} 0
          size_bucket{le="+Inf"} 1
          size_sum 1001
          size_count 1

          """)
  }

  @Test func aMetricIsThereBeforeItsFirstValue() {
    let registry = PrometheusRegistry(buckets: [1])
    _ = Counter(label: "a", factory: registry)
    _ = Meter(label: "b", factory: registry)
    _ = Timer(label: "c", factory: registry)
    for line in ["a 0", "b 0", "c_bucket{le=\"+Inf\"} 0", "c_sum 0", "c_count 0"] {
      #expect(registry.text.contains("\(line)\n"))
    }
  }

  @Test(arguments: [
    ("plain", "plain"), ("quote \" and \\", "quote \\\" and \\\\"), ("two\nlines", "two\\nlines"), ("", ""),
    ("schön 🐦", "schön 🐦"), ("\\n", "\\\\n"),
  ])
  func labelValuesAreEscaped(value: String, written: String) {
    let registry = PrometheusRegistry()
    Counter(label: "a", dimensions: [("l", value)], factory: registry).increment()
    #expect(registry.text.contains("a{l=\"\(written)\"} 1\n"))
  }

  @Test(arguments: [
    ("a.b-c/d", "a_b_c_d"), ("9lives", "_9lives"), ("a:b", "a:b"), ("", "_"), ("ü", "_"), ("a b\n", "a_b_"),
  ])
  func namesAreMadeFit(name: String, written: String) {
    let registry = PrometheusRegistry()
    Counter(label: name, factory: registry).increment()
    #expect(registry.text.contains("# TYPE \(written) counter\n\(written) 1\n"))
  }

  @Test(arguments: [("le", "exported_le"), ("__name__", "exported___name__"), ("a:b", "a_b"), ("1", "_1")])
  func labelNamesAreMadeFit(name: String, written: String) {
    let registry = PrometheusRegistry()
    Counter(label: "a", dimensions: [(name, "v")], factory: registry).increment()
    #expect(registry.text.contains("a{\(written)=\"v\"} 1\n"))
  }

  @Test func theSameNameAndDimensionsShareAValue() {
    let registry = PrometheusRegistry()
    Counter(label: "a", dimensions: [("x", "1"), ("y", "2")], factory: registry).increment()
    Counter(label: "a", dimensions: [("y", "2"), ("x", "1")], factory: registry).increment()
    FloatingPointCounter(label: "a", dimensions: [("x", "1"), ("y", "2")], factory: registry).increment(by: 0.5)
    #expect(registry.text.contains("a{x=\"1\",y=\"2\"} 2.5\n"))
  }

  @Test func countersOnlyGoUp() {
    let registry = PrometheusRegistry()
    let counter = registry.makeCounter(label: "a", dimensions: [])
    counter.increment(by: 5)
    counter.increment(by: -3)
    let other = registry.makeFloatingPointCounter(label: "b", dimensions: [])
    other.increment(by: 1)
    for wrong in [-1, Double.nan, .infinity] { other.increment(by: wrong) }
    let full = registry.makeCounter(label: "c", dimensions: [])
    full.increment(by: .max)
    full.increment(by: 1)
    #expect(registry.text.contains("a 5\n"))
    #expect(registry.text.contains("b 1\n"))
    #expect(registry.text.contains("c 9223372036854775807\n"))
    counter.reset()
    #expect(registry.text.contains("a 0\n"))
  }

  @Test(arguments: [(Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (-2, "-2"), (1e300, "1e+300")])
  func gaugesHoldAnyNumber(value: Double, written: String) {
    let registry = PrometheusRegistry()
    Meter(label: "a", factory: registry).set(value)
    #expect(registry.text.contains("a \(written)\n"))
  }

  @Test func histogramsIgnoreWhatIsNoNumber() {
    let registry = PrometheusRegistry(buckets: [1])
    let recorder = Recorder(label: "a", factory: registry)
    for value in [Double.nan, .infinity, 0.5] { recorder.record(value) }
    #expect(registry.text.contains("a_sum 0.5\na_count 1\n"))
  }

  @Test func labelSetsAndMetricsAreBounded() {
    let registry = PrometheusRegistry(maxSeries: 3, maxMetrics: 3)
    for index in 0..<10 {
      Counter(label: "a", dimensions: [("i", "\(index)")], factory: registry).increment()
    }
    for name in ["b", "c", "d"] { Meter(label: name, factory: registry).set(1) }
    let lines = registry.text.split(separator: "\n")
    #expect(lines.filter { $0.hasPrefix("a{") } == ["a{i=\"0\"} 1", "a{i=\"1\"} 1", "a{i=\"2\"} 1"])
    #expect(lines.contains("b 1"))
    #expect(!registry.text.contains("# TYPE c "))
    #expect(lines.contains("metrics_dropped_series_total 9"))
  }

  @Test func aNameBelongsToOneKind() {
    let registry = PrometheusRegistry()
    Counter(label: "a", factory: registry).increment()
    Meter(label: "a", factory: registry).set(9)
    Timer(label: "a", factory: registry).recordNanoseconds(1)
    #expect(registry.text.contains("# TYPE a counter\na 1\n"))
    #expect(registry.text.contains("metrics_dropped_series_total 2\n"))
  }

  @Test func aDestroyedSeriesIsGoneAndMayComeBack() {
    let registry = PrometheusRegistry()
    let counter = Counter(label: "a", dimensions: [("x", "1")], factory: registry)
    let meter = Meter(label: "b", dimensions: [("x", "1")], factory: registry)
    let timer = Timer(label: "c", dimensions: [("x", "1")], factory: registry)
    counter.increment()
    counter.destroy()
    meter.destroy()
    timer.destroy()
    #expect(!registry.text.contains("x=\"1\""))
    Counter(label: "a", dimensions: [("x", "1")], factory: registry).increment(by: 2)
    counter.destroy()
    #expect(registry.text.contains("a{x=\"1\"} 2\n"))
  }

  @Test func nothingIsLostWhenManyCountAtOnce() async {
    let registry = PrometheusRegistry(buckets: [1])
    await withTaskGroup(of: Void.self) { group in
      for worker in 0..<8 {
        group.addTask {
          for index in 0..<1000 {
            Counter(label: "a", dimensions: [("i", "\(index % 10)")], factory: registry).increment()
            Timer(label: "t", factory: registry).recordNanoseconds(2_000_000_000)
            Meter(label: "m", factory: registry).increment(by: worker % 2 == 0 ? 1 : -1)
            if index % 100 == 0 { _ = registry.text }
          }
        }
      }
    }
    for index in 0..<10 { #expect(registry.text.contains("a{i=\"\(index)\"} 800\n")) }
    #expect(registry.text.contains("t_sum 16000\nt_count 8000\n"))
    #expect(registry.text.contains("m 0\n"))
  }
}
