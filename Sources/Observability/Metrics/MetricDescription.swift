/// What a metric means, and how its values are sorted where it is a histogram.
package struct MetricDescription: Sendable, Hashable {
  /// As in swift-metrics; dots and the like are turned into `_`.
  package var name: String
  package var help: String
  /// Upper bounds of a histogram's buckets, in the unit of the values (seconds for timers); the registry's where nil.
  package var buckets: [Double]?

  package init(_ name: String, help: String, buckets: [Double]? = nil) {
    self.name = name
    self.help = help
    self.buckets = buckets
  }
}
