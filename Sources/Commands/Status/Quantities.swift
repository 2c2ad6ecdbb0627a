/// Amounts as a person reads them.
enum Quantities {
  /// A duration with its one or two largest units, as kubectl writes an age: `45s`, `3m20s`, `26h`, `12d`.
  static func age(_ duration: Duration) -> String {
    let seconds = max(0, duration.components.seconds)
    switch seconds {
    case ..<120: return "\(seconds)s"
    case ..<600: return seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds / 60)m\(seconds % 60)s"
    case ..<(3 * 3600): return "\(seconds / 60)m"
    case ..<(48 * 3600): return "\(seconds / 3600)h"
    default: return "\(seconds / 86_400)d"
    }
  }

  /// Bytes with a binary prefix and one decimal below ten: `512 B`, `1.4 MiB`, `27 GiB`.
  static func bytes(_ count: Int64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
    var value = count * 10
    var unit = 0
    while value >= 10_240, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    let whole = value / 10
    return unit > 0 && whole < 10 ? "\(whole).\(value % 10) \(units[unit])" : "\(whole) \(units[unit])"
  }
}
