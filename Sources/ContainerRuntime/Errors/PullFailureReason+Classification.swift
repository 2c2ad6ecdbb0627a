package import GRPCCore

extension PullFailureReason {
  /// Why a pull failed, from what a kubelet says of it, which passes on the runtime's words.
  package init(kubeletMessage message: String) {
    self.init(code: .unknown, message: message)
  }

  /// Why a pull failed, from what the runtime answered. The runtimes pass on a chain of messages, innermost last, and
  /// mostly the code `unknown`; the more telling words are looked for first.
  package init(code: RPCError.Code, message: String) {
    let text = message.lowercased()
    for (reason, words) in Self.table where words.contains(where: { text.contains($0) }) {
      self = reason
      return
    }
    self = Self.reason(of: code, text)
  }

  private static func reason(of code: RPCError.Code, _ text: String) -> PullFailureReason {
    switch code {
    case .notFound: .notFound
    case .unauthenticated: .unauthorized
    case .permissionDenied: .forbidden
    case .deadlineExceeded: .timeout
    // containerd cancels a pull itself when it makes no progress.
    case .cancelled: .timeout
    case .resourceExhausted: .rateLimited
    case .unavailable: .runtimeUnavailable
    default: text.hasSuffix("context canceled") ? .timeout : .other
    }
  }

  /// In the order in which they are looked for.
  private static let table: [(PullFailureReason, [String])] = [
    (.diskFull, ["no space left on device", "disk quota exceeded", "not enough space", "insufficient disk space"]),
    (
      .wrongPlatform,
      [
        "no match for platform", "no matching manifest for", "no image found in manifest list for architecture",
        "no image found in image index for architecture", "does not match the specified platform",
        "does not provide the specified platform",
      ]
    ),
    (
      .rateLimited,
      ["toomanyrequests", "too many requests", "rate limit", "status code 429", "status: 429", "statuscode: 429"]
    ),
    (.timeout, ["tls handshake timeout"]),
    (
      .dns,
      [
        "no such host", "server misbehaving", "temporary failure in name resolution", "name or service not known",
        "dial tcp: lookup ",
      ]
    ),
    (
      .tls,
      [
        "x509:", "tls:", "certificate signed by unknown authority", "server gave http response to https client",
        "does not look like a tls handshake", "certificate has expired", "certificate is not trusted",
        "malformed http response \"\\x15\\x03",
      ]
    ),
    (
      .connectionRefused,
      ["connection refused", "no route to host", "network is unreachable", "host is unreachable"]
    ),
    (
      .unauthorized,
      [
        "401 unauthorized", "unauthorized:", "pull access denied", "insufficient_scope", "authorization failed",
        "authentication required", "no basic auth credentials", "invalid username/password",
        "incorrect username or password",
        "status code 401", "status: 401", "unable to retrieve auth token", "invalid credentials",
      ]
    ),
    (
      .forbidden,
      [
        "403 forbidden", "status code 403", "status: 403", "denied: ", "permission_denied", "access denied",
        "access forbidden", "forbidden",
      ]
    ),
    (
      .notFound,
      [
        "manifest unknown", "name unknown", "repository name not known", "404 not found", "not found",
        "status code 404", "status: 404", "does not exist",
      ]
    ),
    (
      .timeout,
      [
        "i/o timeout", "deadline exceeded", "client.timeout exceeded", "timeout awaiting response headers",
        "no progress", "timed out",
      ]
    ),
  ]
}
