import Logging

/// Log lines as text. Every value is bounded, and nothing in it can end the line or move a terminal's cursor.
enum LogText {
  /// How many Unicode scalars of one string are written.
  static let maxLength = 8192

  static func line(_ fields: [LogField], format: LogFormat) -> String {
    switch format {
    case .json:
      return "{" + fields.map { "\(quoted($0.key)):\(json($0.value))" }.joined(separator: ",") + "}\n"
    case .logfmt:
      return fields.flatMap { pairs($0.key, $0.value) }.map { "\($0)=\(bare($1))" }.joined(separator: " ") + "\n"
    }
  }

  private static func json(_ value: Logger.MetadataValue) -> String {
    switch value {
    case .string(let text): return quoted(text)
    case .stringConvertible(let value): return quoted(value.description)
    case .array(let values): return "[" + values.map(json).joined(separator: ",") + "]"
    case .dictionary(let values):
      let fields = values.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(json($0.value))" }
      return "{" + fields.joined(separator: ",") + "}"
    }
  }

  /// A dictionary becomes one pair for each entry, `key.entry`; an array one value in JSON.
  private static func pairs(_ key: String, _ value: Logger.MetadataValue) -> [(String, String)] {
    switch value {
    case .string(let text): return [(bareKey(key), text)]
    case .stringConvertible(let value): return [(bareKey(key), value.description)]
    case .array: return [(bareKey(key), json(value))]
    case .dictionary(let values):
      return values.sorted { $0.key < $1.key }.flatMap { pairs("\(key).\($0.key)", $0.value) }
    }
  }

  private static func bareKey(_ key: String) -> String {
    var result = ""
    for scalar in key.unicodeScalars.prefix(maxLength) {
      let isPlain = scalar > " " && scalar < "\u{7F}" && scalar != "=" && scalar != "\""
      result.unicodeScalars.append(isPlain ? scalar : "_")
    }
    return result.isEmpty ? "_" : result
  }

  private static func bare(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy { $0 > " " && $0 < "\u{7F}" && $0 != "=" && $0 != "\"" && $0 != "\\" }
    return isPlain && !text.isEmpty && text.utf8.count <= maxLength ? text : quoted(text)
  }

  /// A JSON string.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    var count = 0
    for scalar in text.unicodeScalars {
      guard count < maxLength else {
        result += "…"
        break
      }
      count += 1
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\0"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
