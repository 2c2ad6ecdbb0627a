#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The parts of the server's URL, and how to say them to the HTTP client.
struct ServerAddress: Sendable, Hashable {
  var isSecure: Bool
  /// Without brackets.
  var host: String
  var port: Int
  /// Without a slash at the end.
  var path: String

  /// - Throws: `ConfigurationError`.
  init(_ text: String) throws {
    // As kubectl does, an address without a scheme means plain HTTP.
    let text = text.contains("://") ? text : "http://\(text)"
    guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), scheme == "https" || scheme == "http",
      let host = url.host(), !host.isEmpty, url.query() == nil, url.user() == nil
    else {
      throw ConfigurationError(
        field: "server", message: "\"\(text.prefix(256))\" is no URL of the form https://host:port")
    }
    isSecure = scheme == "https"
    self.host = host.first == "[" ? String(host.dropFirst().dropLast()) : host
    port = url.port ?? (isSecure ? 443 : 80)
    var path = url.path(percentEncoded: true)
    while path.last == "/" { path.removeLast() }
    self.path = path
  }

  /// The host as it stands in a URL.
  private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

  /// What stands in the Host header.
  var authority: String { "\(Self.bracketed(host)):\(port)" }

  /// The URL of `target` for the HTTP client, which takes the name for TLS from it.
  func url(_ target: String, serverName: String?) -> String {
    "\(isSecure ? "https" : "http")://\(Self.bracketed(serverName ?? host)):\(port)\(path)\(target)"
  }
}
