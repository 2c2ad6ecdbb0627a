/// A cursor over ASCII text that knows where it is, so that errors can say where they are.
struct Scanner {
  let text: String
  let bytes: [UInt8]
  var position = 0

  init(_ text: String) {
    self.text = text
    bytes = Array(text.utf8)
  }

  var end: Int { bytes.count }

  func failure(_ problem: String, at position: Int) -> ParseError {
    ParseError(input: text, position: position, problem: problem)
  }

  /// References, digests and platforms are printable ASCII without blanks; afterwards bytes are characters.
  func refuseForeignCharacters() throws(ParseError) {
    var offset = 0
    for scalar in text.unicodeScalars {
      switch scalar {
      case "!"..."~": offset += 1
      case " ", "\t", "\n", "\r": throw failure("blanks and line ends are not allowed", at: offset)
      default: throw failure("\"\(InputEcho.shown(scalar))\" is not allowed", at: offset)
      }
    }
  }

  func firstIndex(of byte: UInt8, from start: Int, to end: Int) -> Int? {
    bytes[start..<end].firstIndex(of: byte)
  }

  func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// How an error names the character at `index`.
  func named(_ index: Int) -> String {
    "\"\(InputEcho.shown(Unicode.Scalar(bytes[index])))\""
  }

  /// Reads `algorithm:hex` from `position` to `end`.
  mutating func digest(until end: Int) throws(ParseError) -> Digest {
    let start = position
    guard let colon = firstIndex(of: .colon, from: start, to: end) else {
      throw failure("a digest is an algorithm, a colon and hexadecimal digits, such as sha256:…", at: end)
    }
    guard let algorithm = DigestAlgorithm(rawValue: string(start..<colon)) else {
      throw failure("the digest's algorithm must be sha256, sha384 or sha512", at: start)
    }
    if let wrong = bytes[(colon + 1)..<end].firstIndex(where: { !$0.isLowerHex }) {
      throw failure("a digest has hexadecimal digits in lower case only, not \(named(wrong))", at: wrong)
    }
    let length = end - colon - 1
    guard length == algorithm.hexLength else {
      let problem = "a \(algorithm.rawValue) digest has \(algorithm.hexLength) hexadecimal digits, this one \(length)"
      throw failure(problem, at: length < algorithm.hexLength ? end : colon + 1 + algorithm.hexLength)
    }
    position = end
    return Digest(algorithm: algorithm, hex: string((colon + 1)..<end))
  }
}

extension UInt8 {
  static let colon = UInt8(ascii: ":")
  static let slash = UInt8(ascii: "/")
  static let at = UInt8(ascii: "@")
  static let dot = UInt8(ascii: ".")
  static let dash = UInt8(ascii: "-")
  static let underscore = UInt8(ascii: "_")

  var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
  var isLower: Bool { self >= UInt8(ascii: "a") && self <= UInt8(ascii: "z") }
  var isUpper: Bool { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") }
  var isAlphanumeric: Bool { isDigit || isLower || isUpper }
  var isLowerHex: Bool { isDigit || (self >= UInt8(ascii: "a") && self <= UInt8(ascii: "f")) }
  var isHex: Bool { isLowerHex || (self >= UInt8(ascii: "A") && self <= UInt8(ascii: "F")) }
}
