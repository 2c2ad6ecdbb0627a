/// Names as Prometheus' text format allows them.
enum MetricName {
  /// The name with every character that a metric name can't hold (such as the dots of swift-metrics' names) turned
  /// into `_`.
  static func metric(_ name: String) -> String {
    sanitized(name, allowsColon: true)
  }

  /// The same for the name of a label. What Prometheus keeps for itself (`__…`, and `le` in histograms) gets a
  /// prefix.
  static func label(_ name: String) -> String {
    let clean = sanitized(name, allowsColon: false)
    return clean.hasPrefix("__") || clean == "le" ? "exported_" + clean : clean
  }

  private static func sanitized(_ name: String, allowsColon: Bool) -> String {
    var result = ""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z", "_": result.unicodeScalars.append(scalar)
      case "0"..."9":
        if result.isEmpty { result = "_" }
        result.unicodeScalars.append(scalar)
      case ":" where allowsColon: result.unicodeScalars.append(scalar)
      default: result += "_"
      }
    }
    return result.isEmpty ? "_" : result
  }
}
