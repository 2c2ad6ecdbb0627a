/// Sizes for people.
package enum ByteText {
  private static let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]

  /// Such as `512 B`, `1.5 GiB` or `37 MiB`: with one decimal below ten, rounded down.
  package static func of(_ bytes: UInt64) -> String {
    var unit = 0
    var whole = bytes
    while whole >= 1024, unit < units.count - 1 {
      whole >>= 10
      unit += 1
    }
    // What was lost on the way: bits of one unit, of which a tenth is asked for.
    let rest = unit == 0 ? 0 : (bytes >> UInt64(10 * (unit - 1))) & 1023
    let tenths = rest * 10 / 1024
    return "\(whole)\(whole < 10 && tenths > 0 ? ".\(tenths)" : "") \(units[unit])"
  }
}
