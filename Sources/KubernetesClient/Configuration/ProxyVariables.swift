/// The proxies that the environment asks for: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in capitals or small letters, as Go's
/// net/http understands them.
package struct ProxyVariables: Sendable {
  private let secure: String?
  private let plain: String?
  private let exceptions: ProxyExceptions

  package init(_ variables: [String: String]) {
    func value(_ name: String) -> String? {
      for name in [name, name.lowercased()] {
        if let value = variables[name], !value.isEmpty { return value }
      }
      return nil
    }
    secure = value("HTTPS_PROXY")
    // A CGI program's HTTP_PROXY comes from its client's Proxy header.
    plain = variables["REQUEST_METHOD", default: ""].isEmpty ? value("HTTP_PROXY") : nil
    exceptions = ProxyExceptions(value("NO_PROXY") ?? "")
  }

  /// The proxy's URL for a server; nil where it is reached directly.
  ///
  /// - Parameter host: a name or an address, without brackets.
  package func proxy(isSecure: Bool, host: String, port: Int) -> String? {
    guard let proxy = isSecure ? secure : plain, !exceptions.contains(host: host, port: port) else { return nil }
    return proxy.contains("://") ? proxy : "http://\(proxy)"
  }
}
