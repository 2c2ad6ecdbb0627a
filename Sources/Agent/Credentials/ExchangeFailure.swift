/// Why one request to the exchange failed.
package struct ExchangeFailure: Error, Sendable, Hashable {
  package let message: String
  /// Whether another try may go better.
  package let isTransient: Bool
  package let retryAfter: Duration?

  package init(_ message: String, isTransient: Bool = true, retryAfter: Duration? = nil) {
    self.message = message
    self.isTransient = isTransient
    self.retryAfter = retryAfter
  }

  /// - Parameter status: what was answered instead of 200.
  package init(status: Int, retryAfter: Duration?) {
    switch status {
    case 401: self.init("the controller doesn't accept this agent's token")
    case 403: self.init("the controller doesn't know this agent's pod")
    case 429: self.init("the controller is asked too often", retryAfter: retryAfter)
    case 500...599: self.init("the controller can't answer now (\(status))", retryAfter: retryAfter)
    default: self.init("the controller answered \(status)", isTransient: false)
    }
  }
}
