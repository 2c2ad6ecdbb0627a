import AsyncHTTPClient

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A `proxy-url`.
struct ProxyAddress {
  var proxy: HTTPClient.Configuration.Proxy

  /// The proxy of `setting`, else the one that the environment has for `address`.
  ///
  /// - Throws: `ConfigurationError`.
  static func proxy(
    of setting: String?, _ variables: ProxyVariables, for address: ServerAddress
  ) throws -> HTTPClient.Configuration.Proxy? {
    if let setting { return try ProxyAddress(setting).proxy }
    let url = variables.proxy(isSecure: address.isSecure, host: address.host, port: address.port)
    do {
      return try url.map { try ProxyAddress($0).proxy }
    } catch let error as ConfigurationError {
      throw ConfigurationError(field: address.isSecure ? "HTTPS_PROXY" : "HTTP_PROXY", message: error.message)
    }
  }

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
