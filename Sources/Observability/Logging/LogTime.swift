#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A point in time of a log line.
package struct LogTime: Sendable, Hashable {
  /// Since 1970-01-01T00:00:00Z.
  package var seconds: Int64
  package var nanoseconds: Int64

  package init(seconds: Int64, nanoseconds: Int64) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  package static func now() -> LogTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return LogTime(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
  }

  /// RFC 3339 in UTC with milliseconds, such as `2026-01-02T03:04:05.678Z`.
  package var text: String {
    func pad(_ value: Int64, _ width: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    let second = ((seconds % 86_400) + 86_400) % 86_400
    let (year, month, day) = Self.date(daysSince1970: (seconds - second) / 86_400)
    let clock = "\(pad(second / 3600, 2)):\(pad(second / 60 % 60, 2)):\(pad(second % 60, 2))"
    return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(clock).\(pad(nanoseconds / 1_000_000, 3))Z"
  }

  /// The Gregorian date, counted in eras of 400 years that begin in March, so that leap days come last in their year.
  private static func date(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let daysInEra: Int64 = 146_097
    let sinceEpoch = days + 719_468
    let era = sinceEpoch >= 0 ? sinceEpoch / daysInEra : (sinceEpoch - daysInEra + 1) / daysInEra
    let day = sinceEpoch - era * daysInEra
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
    let dayOfYear = day - (365 * year + year / 4 - year / 100)
    let month = (5 * dayOfYear + 2) / 153
    let isNextYear = month >= 10
    return (
      era * 400 + year + (isNextYear ? 1 : 0), isNextYear ? month - 9 : month + 3,
      dayOfYear - (153 * month + 2) / 5 + 1
    )
  }
}
