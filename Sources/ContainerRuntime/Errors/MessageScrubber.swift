/// Makes a runtime's or registry's message fit for statuses and logs: one line, bounded, without credentials.
///
/// Of every URL the user information and the query are taken out, and after `Bearer` and `Basic` what looks like a
/// token.
package enum MessageScrubber {
  /// Characters that are left of a message.
  static let limit = 256
  /// Characters of a message that are looked at.
  private static let inputLimit = 4096
  private static let shortestToken = 12

  package static func scrub(_ message: String) -> String {
    let input = cut(message)
    var output: [Unicode.Scalar] = []
    var index = 0
    while index < input.count {
      if input[index] == ":", input[index...].starts(with: "://".unicodeScalars) {
        output += "://".unicodeScalars
        index = copyURL(input, from: index + 3, to: &output)
      } else if let length = schemeLength(input, at: index) {
        output += input[index..<(index + length)]
        index = skipToken(input, from: index + length, to: &output)
      } else {
        output.append(printable(input[index]))
        index += 1
      }
    }
    return bounded(output)
  }

  /// The beginning of a long message. A word that the cut goes through is dropped where it could be half a credential.
  private static func cut(_ message: String) -> [Unicode.Scalar] {
    var input = Array(message.unicodeScalars.prefix(inputLimit + 1))
    guard input.count > inputLimit else { return input }
    let wordStart = (input.lastIndex(where: isDelimiter) ?? -1) + 1
    let isURL = input.indices.dropFirst(wordStart).contains { input[$0...].starts(with: "://".unicodeScalars) }
    let isToken = ["bearer ", "basic "].contains { scheme in
      let length = scheme.unicodeScalars.count
      return wordStart >= length && schemeLength(input, at: wordStart - length) != nil
    }
    if isURL || isToken { input.removeSubrange(wordStart...) }
    return input
  }

  /// Copies the rest of a URL whose authority begins at `start`, and returns where it ends.
  private static func copyURL(_ input: [Unicode.Scalar], from start: Int, to output: inout [Unicode.Scalar]) -> Int {
    let end = input[start...].firstIndex(where: isDelimiter) ?? input.count
    let authorityEnd = input[start..<end].firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? end
    // A password may hold a slash where it should be escaped: the last at sign before the query decides.
    let queryStart = input[start..<end].firstIndex { $0 == "?" || $0 == "#" } ?? end
    var hostStart = start
    if let at = input[start..<authorityEnd].lastIndex(of: "@") {
      hostStart = at + 1
    } else if let at = input[start..<queryStart].lastIndex(of: "@"), !isDigestSeparator(input, at: at) {
      hostStart = at + 1
    }
    output += input[hostStart..<max(hostStart, queryStart)].map(printable)
    // A colon that ends the URL within a sentence is the sentence's.
    if queryStart < end, input[end - 1] == ":" { output.append(":") }
    return end
  }

  /// `name@sha256:…` in a path is a reference, not a password.
  private static func isDigestSeparator(_ input: [Unicode.Scalar], at index: Int) -> Bool {
    input[(index + 1)...].starts(with: "sha256:".unicodeScalars)
      || input[(index + 1)...].starts(with: "sha512:".unicodeScalars)
  }

  /// The length of `Bearer ` or `Basic ` at `index`.
  private static func schemeLength(_ input: [Unicode.Scalar], at index: Int) -> Int? {
    guard input[index] == "b" || input[index] == "B" else { return nil }
    for scheme in ["bearer ", "basic "] {
      let length = scheme.unicodeScalars.count
      guard index + length <= input.count else { continue }
      // Sets the bit that makes an ASCII letter lower case; a blank has it.
      if zip(input[index...], scheme.unicodeScalars).allSatisfy({ $0.value | 0x20 == $1.value }) { return length }
    }
    return nil
  }

  private static func skipToken(_ input: [Unicode.Scalar], from start: Int, to output: inout [Unicode.Scalar]) -> Int {
    let end = input[start...].firstIndex(where: isDelimiter) ?? input.count
    let isParameter = input[start..<end].contains("=") && !(input[..<end].last == "=")
    guard end - start >= shortestToken, !isParameter else { return start }
    output += "[redacted]".unicodeScalars
    return end
  }

  private static func isDelimiter(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value <= 0x20 || scalar == "\"" || scalar == "'" || scalar == "\\" || scalar == ">" || scalar == ")"
  }

  private static func printable(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar }
    return switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: " "
    default: scalar
    }
  }

  private static func bounded(_ scalars: [Unicode.Scalar]) -> String {
    var text = String.UnicodeScalarView()
    guard scalars.count > limit else {
      text.append(contentsOf: scalars)
      return String(text)
    }
    // Messages wrap their cause: what matters most is at the end.
    text.append(contentsOf: scalars.prefix(limit / 2 - 1))
    text.append("…")
    text.append(contentsOf: scalars.suffix(limit / 2))
    return String(text)
  }
}
