/// Durations as Go writes them: `1h30m`, `1.5s`, `500ms`, `0s`.
public enum GoDuration {
  /// Nanoseconds in one of each unit.
  private static let units: [String: Int64] = [
    "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 1_000_000_000,
    "m": 60_000_000_000, "h": 3_600_000_000_000,
  ]

  /// Parses what Go's `time.ParseDuration` accepts; nil where the text is none or passes 2⁶³ nanoseconds.
  ///
  /// - Parameters:
  ///   - text: such as `1h30m` or `1.5s`.
  ///   - allowsNegative: whether a leading minus is accepted.
  public static func parse(_ text: String, allowsNegative: Bool = true) -> Duration? {
    var rest = text[...]
    var isNegative = false
    if let sign = rest.first, sign == "-" || sign == "+" {
      isNegative = sign == "-"
      rest.removeFirst()
    }
    if isNegative && !allowsNegative { return nil }
    if rest == "0" { return .zero }
    guard !rest.isEmpty else { return nil }
    var total: Int64 = 0
    while !rest.isEmpty {
      guard let part = takePart(&rest) else { return nil }
      let (sum, overflow) = total.addingReportingOverflow(part)
      guard !overflow else { return nil }
      total = sum
    }
    return .nanoseconds(isNegative ? -total : total)
  }

  /// The text that Go's `Duration.String` makes. What is finer than a nanosecond is dropped.
  public static func format(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let isNegative = seconds < 0 || attoseconds < 0
    let nanoseconds = attoseconds.magnitude / 1_000_000_000
    let sign = isNegative && (seconds != 0 || nanoseconds != 0) ? "-" : ""
    return sign + format(seconds: seconds.magnitude, nanoseconds: nanoseconds)
  }

  private static func format(seconds: UInt64, nanoseconds: UInt64) -> String {
    if seconds == 0 {
      if nanoseconds == 0 { return "0s" }
      if nanoseconds < 1_000 { return "\(nanoseconds)ns" }
      if nanoseconds < 1_000_000 { return decimal(nanoseconds, scale: 1_000, digits: 3) + "µs" }
      return decimal(nanoseconds, scale: 1_000_000, digits: 6) + "ms"
    }
    let tail = decimal(seconds % 60 * 1_000_000_000 + nanoseconds, scale: 1_000_000_000, digits: 9) + "s"
    let minutes = seconds / 60
    if minutes == 0 { return tail }
    if minutes < 60 { return "\(minutes)m\(tail)" }
    return "\(minutes / 60)h\(minutes % 60)m\(tail)"
  }

  /// `value / scale` with at most `digits` digits after the point and no zeros at the end.
  private static func decimal(_ value: UInt64, scale: UInt64, digits: Int) -> String {
    var fraction = String(value % scale)
    fraction = String(repeating: "0", count: digits - fraction.count) + fraction
    while fraction.last == "0" { fraction.removeLast() }
    return fraction.isEmpty ? "\(value / scale)" : "\(value / scale).\(fraction)"
  }

  /// Takes one number with its unit off the front and returns it in nanoseconds.
  private static func takePart(_ rest: inout Substring) -> Int64? {
    let whole = rest.prefix(while: isDigit)
    rest = rest.dropFirst(whole.count)
    var fraction = Substring()
    if rest.first == "." {
      rest.removeFirst()
      fraction = rest.prefix(while: isDigit)
      rest = rest.dropFirst(fraction.count)
    }
    guard !(whole.isEmpty && fraction.isEmpty) else { return nil }
    let name = rest.prefix { $0 != "." && !isDigit($0) }
    rest = rest.dropFirst(name.count)
    guard let unit = units[String(name)], let count = whole.isEmpty ? 0 : Int64(whole) else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: unit)
    guard !overflow else { return nil }
    var nanoseconds: Int64 = 0
    var scale = unit
    for digit in fraction where scale > 1 {
      let value = Int64(digit.wholeNumberValue ?? 0)
      // The unit isn't divisible by ten at every step (60 s), so multiply before dividing.
      nanoseconds += value * scale / 10
      scale = scale % 10 == 0 ? scale / 10 : 0
    }
    let (sum, tooLarge) = product.addingReportingOverflow(nanoseconds)
    return tooLarge ? nil : sum
  }

  private static func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }
}
