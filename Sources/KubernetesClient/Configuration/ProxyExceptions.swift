/// A NO_PROXY list: what is reached without the proxy.
///
/// Its items, divided by commas: `*` (everything), a network in CIDR notation, an address, a domain (itself and all below
/// it), a domain with a dot or `*.` in front (only what is below it); the last three with a `:port` where only that counts.
struct ProxyExceptions: Sendable {
  private enum Item: Sendable {
    case everything
    case network(IPAddress, bits: Int)
    case address(IPAddress, port: Int?)
    /// With a dot in front.
    case domain(String, includesItself: Bool, port: Int?)
  }

  private let items: [Item]

  init(_ text: String) {
    items = text.split(separator: ",").compactMap { Self.item($0.filter { !$0.isWhitespace }.lowercased()) }
  }

  /// Whether `host` (a name or an address, without brackets) is reached directly. This machine itself always is.
  func contains(host: String, port: Int) -> Bool {
    var host = host.lowercased()
    if host.last == "." { host.removeLast() }
    let address = IPAddress(host)
    if host == "localhost" || address?.isLoopback == true { return true }
    return items.contains { Self.matches($0, host: host, address: address, port: port) }
  }

  private static func matches(_ item: Item, host: String, address: IPAddress?, port: Int) -> Bool {
    switch item {
    case .everything: true
    case .network(let network, let bits): address?.hasPrefix(network, bits: bits) ?? false
    case .address(let expected, let expectedPort):
      address == expected && (expectedPort ?? port) == port
    case .domain(let domain, let includesItself, let expectedPort):
      (host.hasSuffix(domain) || (includesItself && host == domain.dropFirst())) && (expectedPort ?? port) == port
    }
  }

  private static func item(_ text: String) -> Item? {
    if text == "*" { return .everything }
    if let network = network(text) { return network }
    guard let (name, port) = split(text) else { return nil }
    var host = name
    if let address = IPAddress(host) { return .address(address, port: port) }
    if host.hasPrefix("*.") { host.removeFirst() }
    guard !host.isEmpty else { return nil }
    return host.first == "."
      ? .domain(host, includesItself: false, port: port) : .domain(".\(host)", includesItself: true, port: port)
  }

  private static func network(_ text: String) -> Item? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPAddress(parts[0]), let bits = Int(parts[1]) else { return nil }
    let isShort = address.isVersion4 && !parts[0].contains(":")
    guard (0...(isShort ? 32 : 128)).contains(bits) else { return nil }
    return .network(address, bits: isShort ? 96 + bits : bits)
  }

  /// Host and port of an item; nil where there is no host.
  private static func split(_ text: String) -> (host: String, port: Int?)? {
    if text.first == "[" {
      guard let end = text.firstIndex(of: "]") else { return nil }
      let rest = text[text.index(after: end)...]
      return (String(text[text.index(after: text.startIndex)..<end]), Int(rest.drop { $0 == ":" }))
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let port = Int(parts[1]) else { return text.isEmpty ? nil : (text, nil) }
    return parts[0].isEmpty ? nil : (String(parts[0]), port)
  }
}
