import AsyncHTTPClient

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A `proxy-url`.
struct ProxyAddress {
  var proxy: HTTPClient.Configuration.Proxy

  /// - Throws: `ConfigurationError`. It doesn't show the URL, which may hold a password.
  init(_ text: String) throws {
    guard let url = URL(string: text), let host = url.host(percentEncoded: false), !host.isEmpty else {
      throw ConfigurationError(field: "proxy-url", message: "is no URL")
    }
    switch url.scheme?.lowercased() {
    case "http":
      let authorization = url.user(percentEncoded: false).map { user in
        HTTPClient.Authorization.basic(username: user, password: url.password(percentEncoded: false) ?? "")
      }
      proxy = .server(host: host, port: url.port ?? 80, authorization: authorization)
    case "socks5", "socks5h":
      guard url.user() == nil else {
        throw ConfigurationError(field: "proxy-url", message: "a SOCKS proxy with a user isn't supported")
      }
      proxy = .socksServer(host: host, port: url.port ?? 1080)
    default:
      throw ConfigurationError(field: "proxy-url", message: "only http:// and socks5:// proxies are supported")
    }
  }
}
