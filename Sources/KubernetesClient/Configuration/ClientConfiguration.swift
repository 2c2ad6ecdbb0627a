/// Where the API server is, how it proves itself, and who we are.
public struct ClientConfiguration: Sendable, Hashable {
  /// `https://host:port`, with a path where the server lives below one.
  public var server: String
  public var tls: TLSOptions
  public var authentication: Authentication
  /// Where objects are looked for by default, for those who ask.
  public var namespace: String
  /// `http://host:port` or `socks5://host:port`. Where nil, the environment's counts: HTTPS_PROXY or HTTP_PROXY, unless
  /// NO_PROXY excepts the server, as Go's net/http means them.
  public var proxy: String?

  public init(
    server: String, tls: TLSOptions = .init(), authentication: Authentication = .none,
    namespace: String = "default", proxy: String? = nil
  ) {
    self.server = server
    self.tls = tls
    self.authentication = authentication
    self.namespace = namespace
    self.proxy = proxy
  }
}
