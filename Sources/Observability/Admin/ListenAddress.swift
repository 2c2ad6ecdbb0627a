#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A host and a port to listen at, written `host:port`, `[v6]:port` or `:port`.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
  /// A name or an address; nil for every address of the machine.
  package var host: String?
  /// 0 lets the system choose.
  package var port: Int

  package init(host: String? = nil, port: Int) {
    self.host = host
    self.port = port
  }

  /// Nil where the text is no such address.
  package init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let digits = text[text.index(after: colon)...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = UInt16(digits) else {
      return nil
    }
    var host = text[..<colon]
    if host.first == "[" {
      guard host.last == "]", host.count > 2 else { return nil }
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    guard !host.contains(where: { $0.isWhitespace || $0 == "/" }) else { return nil }
    self.init(host: host.isEmpty || host == "*" ? nil : String(host), port: Int(port))
  }

  package var description: String {
    guard let host else { return ":\(port)" }
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// The host to bind. On Linux `::` serves IPv4 as well, but can't be bound where the kernel has no IPv6.
  package var bindHost: String {
    if let host { return host }
    return FileManager.default.fileExists(atPath: "/proc/net/if_inet6") ? "::" : "0.0.0.0"
  }
}
