/// A point in time, in microseconds since 1970-01-01T00:00:00Z.
///
/// The planner has no clock: whoever calls it says what time it is.
package struct Instant: Hashable, Comparable, Sendable {
  package let microseconds: Int64

  package init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  package static let distantPast = Instant(microseconds: .min / 4)
  package static let distantFuture = Instant(microseconds: .max / 4)

  package static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }

  /// Exact to a microsecond; what is finer is dropped.
  package static func + (left: Instant, right: Duration) -> Instant {
    Instant(microseconds: left.microseconds + right.wholeMicroseconds)
  }

  package static func - (left: Instant, right: Duration) -> Instant {
    Instant(microseconds: left.microseconds - right.wholeMicroseconds)
  }

  package static func - (left: Instant, right: Instant) -> Duration {
    .microseconds(left.microseconds - right.microseconds)
  }
}

extension Duration {
  var wholeMicroseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
  }
}
