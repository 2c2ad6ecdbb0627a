/// Names one series: a metric and the labels of one of its values, both as they are written.
struct SeriesID: Hashable, Sendable {
  let metric: String
  let labels: String
}
