/// Reads an image reference by the grammar of the distribution project's `reference` package.
struct ReferenceParser {
  /// Of registry, slash and repository together, as many clients limit it (OCI distribution specification, "Pulling
  /// manifests").
  static let nameLimit = 255
  static let tagLimit = 128
  static let defaultRegistry = "docker.io"

  private var scanner: Scanner

  init(_ text: String) throws(ParseError) {
    scanner = Scanner(text)
    guard scanner.end > 0 else { throw scanner.failure("the reference is empty", at: 0) }
    try scanner.refuseForeignCharacters()
    if scanner.end == 64, scanner.bytes.allSatisfy(\.isLowerHex) {
      throw scanner.failure("64 hexadecimal digits are an image ID, not a name", at: 0)
    }
  }

  mutating func reference() throws(ParseError) -> ImageReference {
    let end = scanner.end
    let digestStart = scanner.firstIndex(of: .at, from: 0, to: end)
    let namedEnd = digestStart ?? end
    let pathStart = try registryEnd(before: namedEnd)
    let registry = try pathStart.map { (start) throws(ParseError) in try self.registry(until: start - 1) }
    let start = pathStart ?? 0
    let colon = scanner.firstIndex(of: .colon, from: start, to: namedEnd)
    var repository = try path(start..<(colon ?? namedEnd))
    let tag = try colon.map { (colon) throws(ParseError) in try self.tag((colon + 1)..<namedEnd) }
    var digest: Digest?
    if let digestStart {
      scanner.position = digestStart + 1
      digest = try scanner.digest(until: end)
    }
    let host = registry == nil || registry == "index.docker.io" ? Self.defaultRegistry : registry ?? ""
    if host == Self.defaultRegistry, !repository.utf8.contains(.slash) { repository = "library/" + repository }
    let length = host.utf8.count + 1 + repository.utf8.count
    guard length <= Self.nameLimit else {
      let problem = "registry and repository together have at most \(Self.nameLimit) characters, here \(length)"
      throw scanner.failure(problem, at: min(Self.nameLimit, (colon ?? namedEnd) - 1))
    }
    return ImageReference(registry: host, repository: repository, tag: tag, digest: digest)
  }

  /// Where the path begins after a registry; nil without a registry.
  private func registryEnd(before end: Int) throws(ParseError) -> Int? {
    guard let slash = scanner.firstIndex(of: .slash, from: 0, to: end) else { return nil }
    let first = scanner.bytes[0..<slash]
    guard
      first.contains(where: { $0 == .dot || $0 == .colon || $0.isUpper }) || scanner.string(0..<slash) == "localhost"
    else { return nil }
    return slash + 1
  }

  private func registry(until end: Int) throws(ParseError) -> String {
    var hostEnd = end
    if scanner.bytes.first == UInt8(ascii: "[") {
      guard let close = scanner.firstIndex(of: UInt8(ascii: "]"), from: 0, to: end) else {
        throw scanner.failure("the registry's IPv6 address lacks its closing bracket", at: end)
      }
      if let wrong = scanner.bytes[1..<close].firstIndex(where: { !$0.isHex && $0 != .colon }) {
        throw scanner.failure("\(scanner.named(wrong)) can't be in an IPv6 address", at: wrong)
      }
      guard close > 1 else { throw scanner.failure("the registry's IPv6 address is empty", at: 1) }
      hostEnd = close + 1
      guard hostEnd == end || scanner.bytes[hostEnd] == .colon else {
        throw scanner.failure("after the registry's address comes a colon with a port, or a slash", at: hostEnd)
      }
    } else {
      hostEnd = scanner.firstIndex(of: .colon, from: 0, to: end) ?? end
      try host(0..<hostEnd)
    }
    if hostEnd < end {
      let port = (hostEnd + 1)..<end
      guard !port.isEmpty else { throw scanner.failure("the registry's port is missing", at: end) }
      if let wrong = scanner.bytes[port].firstIndex(where: { !$0.isDigit }) {
        throw scanner.failure("the registry's port is a number, not \(scanner.named(wrong))", at: wrong)
      }
    }
    return scanner.string(0..<end)
  }

  private func host(_ range: Range<Int>) throws(ParseError) {
    var labelStart = range.lowerBound
    for index in range.lowerBound...range.upperBound {
      if index == range.upperBound || scanner.bytes[index] == .dot {
        guard index > labelStart else {
          throw scanner.failure("a part of the registry's host name is empty", at: index)
        }
        for edge in [labelStart, index - 1] where scanner.bytes[edge] == .dash {
          throw scanner.failure("a part of the registry's host name can't begin or end with \"-\"", at: edge)
        }
        labelStart = index + 1
      } else if !scanner.bytes[index].isAlphanumeric, scanner.bytes[index] != .dash {
        throw scanner.failure("\(scanner.named(index)) can't be in the registry's host name", at: index)
      }
    }
  }

  /// Components of lower-case letters and digits, joined inside by one dot, one or two underscores or any number of
  /// dashes.
  private func path(_ range: Range<Int>) throws(ParseError) -> String {
    guard !range.isEmpty else { throw scanner.failure("the repository is missing", at: range.upperBound) }
    var index = range.lowerBound
    var expectsStart = true
    while index < range.upperBound {
      let byte = scanner.bytes[index]
      if byte.isLower || byte.isDigit {
        expectsStart = false
        index += 1
      } else if byte.isUpper {
        throw scanner.failure("the repository must be in lower case, unlike \(scanner.named(index))", at: index)
      } else if byte == .slash {
        guard !expectsStart else { throw scanner.failure("a part of the repository is empty", at: index) }
        expectsStart = true
        index += 1
      } else {
        index = try separator(index, in: range, atStart: expectsStart)
      }
    }
    guard !expectsStart else { throw scanner.failure("the repository ends with a slash", at: range.upperBound) }
    return scanner.string(range)
  }

  /// Passes the separator at `index`, after which there must be a letter or a digit.
  private func separator(_ index: Int, in range: Range<Int>, atStart: Bool) throws(ParseError) -> Int {
    let byte = scanner.bytes[index]
    guard byte == .dot || byte == .underscore || byte == .dash else {
      throw scanner.failure("\(scanner.named(index)) can't be in a repository", at: index)
    }
    guard !atStart else {
      throw scanner.failure("a part of the repository can't begin with \(scanner.named(index))", at: index)
    }
    var next = index + 1
    let limit =
      switch byte {
      case .dot: 1
      case .underscore: 2
      default: Int.max
      }
    while next < range.upperBound, scanner.bytes[next] == byte, next - index < limit { next += 1 }
    guard next < range.upperBound, scanner.bytes[next] != .slash else {
      throw scanner.failure("a part of the repository can't end with \(scanner.named(index))", at: index)
    }
    let following = scanner.bytes[next]
    if following == .dot || following == .underscore || following == .dash {
      throw scanner.failure("\(scanner.named(next)) can't follow another separator here", at: next)
    }
    return next
  }

  private func tag(_ range: Range<Int>) throws(ParseError) -> String {
    guard let first = range.first else { throw scanner.failure("the tag is missing", at: range.upperBound) }
    for index in range {
      let byte = scanner.bytes[index]
      let inner = byte == .dot || byte == .dash
      guard byte.isAlphanumeric || byte == .underscore || (inner && index != first) else {
        let problem =
          inner ? "a tag can't begin with \(scanner.named(index))" : "\(scanner.named(index)) can't be in a tag"
        throw scanner.failure(problem, at: index)
      }
    }
    guard range.count <= Self.tagLimit else {
      let problem = "a tag has at most \(Self.tagLimit) characters, this one \(range.count)"
      throw scanner.failure(problem, at: range.lowerBound + Self.tagLimit)
    }
    return scanner.string(range)
  }
}
