/// Makes text from a user fit to be shown in an error or a status.
enum InputEcho {
  static let limit = 128

  /// At most `limit` characters, with control characters, and what else isn't printable ASCII, escaped.
  static func bounded(_ text: String) -> String {
    var result = ""
    var count = 0
    for scalar in text.unicodeScalars {
      guard count < limit else { return result + "…" }
      result += shown(scalar)
      count += 1
    }
    return result
  }

  /// One character as an error names it.
  static func shown(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\"": "\\\""
    case "\\": "\\\\"
    case " "..."~": String(scalar)
    default: "\\u{\(String(scalar.value, radix: 16))}"
    }
  }
}
