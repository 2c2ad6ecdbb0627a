/// A pattern for one label of a host name, with the signs of Go's `path.Match` that can stand in a URL's host.
struct LabelPattern: Hashable, Sendable {
  private enum Part: Hashable, Sendable {
    case byte(UInt8)
    case oneOf([ClosedRange<UInt8>], isNegated: Bool)
    case any

    func accepts(_ byte: UInt8) -> Bool {
      switch self {
      case .byte(let own): own == byte
      case .oneOf(let ranges, let isNegated): ranges.contains { $0.contains(byte) } != isNegated
      case .any: true
      }
    }
  }

  /// The label as written, which it matches in any case.
  private let text: String
  /// Nil where the pattern is malformed and matches nothing else.
  private let parts: [Part]?

  init(_ text: Substring) {
    self.text = String(text)
    parts = Self.parse(Array(text.utf8))
  }

  func matches(_ label: Substring) -> Bool {
    if label == text { return true }
    guard let parts else { return false }
    let bytes = Array(label.utf8)
    var part = 0
    var index = 0
    // Where to go on when what follows the last star doesn't fit.
    var retry: (part: Int, index: Int)?
    while index < bytes.count {
      if part < parts.count, parts[part] == .any {
        part += 1
        retry = (part, index)
      } else if part < parts.count, parts[part].accepts(bytes[index]) {
        part += 1
        index += 1
      } else if let last = retry {
        retry = (last.part, last.index + 1)
        part = last.part
        index = last.index + 1
      } else {
        return false
      }
    }
    return parts[part...].allSatisfy { $0 == .any }
  }

  private static func parse(_ bytes: [UInt8]) -> [Part]? {
    var parts: [Part] = []
    var index = 0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "*"): parts.append(.any)
      case UInt8(ascii: "["):
        guard let close = bytes[(index + 1)...].firstIndex(of: UInt8(ascii: "]")),
          let part = oneOf(bytes[(index + 1)..<close])
        else { return nil }
        parts.append(part)
        index = close
      default: parts.append(.byte(bytes[index]))
      }
      index += 1
    }
    return parts
  }

  /// What stands between brackets: bytes and ranges of them, after `^` all others.
  private static func oneOf(_ content: ArraySlice<UInt8>) -> Part? {
    var rest = content
    let isNegated = rest.first == UInt8(ascii: "^")
    if isNegated { rest = rest.dropFirst() }
    var ranges: [ClosedRange<UInt8>] = []
    while let low = rest.popFirst() {
      guard low != .dash else { return nil }
      var high = low
      if rest.first == .dash {
        rest = rest.dropFirst()
        guard let end = rest.popFirst(), end >= low else { return nil }
        high = end
      }
      ranges.append(low...high)
    }
    return ranges.isEmpty ? nil : .oneOf(ranges, isNegated: isNegated)
  }
}
