import KubernetesClient

/// Writes plain data as YAML that every reader understands the same way.
enum YAMLText {
  /// A value on one line, as a flow: JSON with as few quotes as are safe.
  static func inline(_ value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let value): scalar(value)
    case .array(let values): "[" + values.map(inline).joined(separator: ", ") + "]"
    case .object(let fields):
      "{" + fields.sorted { $0.key < $1.key }.map { "\(scalar($0.key)): \(inline($0.value))" }.joined(separator: ", ")
        + "}"
    }
  }

  /// What some readers take for something else than text.
  private static let words: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]

  /// Text, in quotes unless everybody takes it for text as it is.
  static func scalar(_ text: String) -> String {
    let isSafe = text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || "-._/@:".utf8.contains(byte)
    }
    // A digit first may make it a number, a time or an address; a colon last a key.
    if isSafe, let first = text.utf8.first, !(0x30...0x39).contains(first), !"-.@:".utf8.contains(first),
      text.utf8.last != UInt8(ascii: ":"), !words.contains(text.lowercased())
    {
      return text
    }
    return quoted(text)
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x22: result += "\\\""
      case 0x5C: result += "\\\\"
      case 0x0A: result += "\\n"
      case 0x20..<0x7F: result.unicodeScalars.append(scalar)
      case ..<0x1_0000: result += "\\u" + hex(scalar.value, digits: 4)
      default: result += "\\U" + hex(scalar.value, digits: 8)
      }
    }
    return result + "\""
  }

  private static func hex(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  /// `text` as lines of a comment.
  static func comment(_ text: String, indent: String = "") -> String {
    indent + "# " + Escaping.visible(text) + "\n"
  }
}
