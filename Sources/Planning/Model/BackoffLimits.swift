/// How long a failed pull waits before it is tried again: `initial`, doubled each time up to `max`.
package struct BackoffLimits: Hashable, Sendable {
  package var initial: Duration
  package var max: Duration

  package init(initial: Duration = .seconds(10), max: Duration = .seconds(300)) {
    self.initial = initial
    self.max = max
  }
}
