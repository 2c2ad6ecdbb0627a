/// An operating system and a processor architecture, `os/architecture[/variant]`, normalised as containerd does.
package struct Platform: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Lower case, such as `linux`.
  package let os: String
  /// By Go's names, such as `amd64` or `arm64`.
  package let architecture: String
  /// Such as `v7`; nil where it is the architecture's usual one.
  package let variant: String?

  /// Reads `os/architecture[/variant]`. Other names of an architecture, such as `x86_64` or `aarch64`, become the usual
  /// ones.
  ///
  /// - Throws: `ParseError` with the offset of the first character that doesn't fit.
  package init(parsing text: String) throws(ParseError) {
    let scanner = Scanner(text)
    try scanner.refuseForeignCharacters()
    var parts: [String] = []
    var start = 0
    for index in 0...scanner.end where index == scanner.end || scanner.bytes[index] == .slash {
      guard index > start else { throw scanner.failure("a part of the platform is empty", at: index) }
      guard parts.count < 3 else {
        throw scanner.failure("a platform is os/architecture or os/architecture/variant", at: start - 1)
      }
      for inner in start..<index {
        let byte = scanner.bytes[inner]
        guard byte.isAlphanumeric || byte == .underscore || byte == .dash || byte == .dot else {
          throw scanner.failure("\(scanner.named(inner)) can't be in a platform", at: inner)
        }
      }
      parts.append(scanner.string(start..<index).lowercased())
      start = index + 1
    }
    guard parts.count >= 2 else {
      throw scanner.failure("the architecture is missing, as in linux/amd64", at: scanner.end)
    }
    self.init(os: parts[0], architecture: parts[1], variant: parts.count == 3 ? parts[2] : nil)
  }

  package init(os: String, architecture: String, variant: String? = nil) {
    self.os = os == "macos" ? "darwin" : os
    (self.architecture, self.variant) = Self.normalized(architecture, variant)
  }

  package var description: String { "\(os)/\(architecture)" + (variant.map { "/\($0)" } ?? "") }

  package static func < (left: Platform, right: Platform) -> Bool { left.description < right.description }

  private static func normalized(_ architecture: String, _ variant: String?) -> (String, String?) {
    switch architecture {
    case "i386": return ("386", nil)
    case "x86_64", "x86-64", "amd64": return ("amd64", variant == "v1" ? nil : variant)
    case "aarch64", "arm64": return ("arm64", variant == "8" || variant == "v8" ? nil : variant)
    case "armhf": return ("arm", "v7")
    case "armel": return ("arm", "v6")
    case "arm":
      guard let variant else { return ("arm", "v7") }
      return ("arm", ["5", "6", "7", "8"].contains(variant) ? "v" + variant : variant)
    default: return (architecture, variant)
    }
  }
}
