/// How the client behaves, apart from where the server is and who we are.
public struct ClientOptions: Sendable {
  /// The User-Agent header; also the default field manager, up to the first `/`.
  public var userAgent: String
  /// The time for one attempt of an ordinary request, answer included, and for the head of a watch's answer.
  public var requestTimeout: Duration
  /// The time to get a connection, TLS included.
  public var connectTimeout: Duration
  /// How long a watch with bookmarks may be silent before its connection counts as dead. The server sends bookmarks
  /// about once a minute.
  public var idleTimeout: Duration
  /// The most ordinary requests at the same time; others wait. Watches don't count.
  public var maxRequestsInFlight: Int
  /// When failed requests are tried again.
  public var retry: RetryOptions
  /// The most bytes of an answer that isn't a watch.
  public var maxResponseBytes: Int
  /// The most bytes of one event of a watch.
  public var maxEventBytes: Int
  /// How long requests on connections that are being replaced may still take.
  public var drainTimeout: Duration
  /// After so long without any packet from the other side a connection is closed, and its requests and watches fail; in
  /// whole seconds, at least 2. Where nothing is to be sent, the kernel sends TCP keep-alive probes after half of it.
  /// Linux only. Behind a proxy it says something about the proxy only, and `idleTimeout` about the server.
  public var deadPeerTimeout: Duration

  public init(
    userAgent: String = "swiftlet/dev", requestTimeout: Duration = .seconds(30),
    connectTimeout: Duration = .seconds(10), idleTimeout: Duration = .seconds(90), maxRequestsInFlight: Int = 64,
    retry: RetryOptions = .init(), maxResponseBytes: Int = 256 << 20, maxEventBytes: Int = 16 << 20,
    drainTimeout: Duration = .seconds(30), deadPeerTimeout: Duration = .seconds(30)
  ) {
    self.userAgent = userAgent
    self.requestTimeout = requestTimeout
    self.connectTimeout = connectTimeout
    self.idleTimeout = idleTimeout
    self.maxRequestsInFlight = maxRequestsInFlight
    self.retry = retry
    self.maxResponseBytes = maxResponseBytes
    self.maxEventBytes = maxEventBytes
    self.drainTimeout = drainTimeout
    self.deadPeerTimeout = deadPeerTimeout
  }
}
