/// Why the exchange doesn't answer a request. Says nothing that the asker doesn't know.
package enum ExchangeRefusal: Error, Sendable, Hashable {
  /// The request can't be read.
  case malformed
  /// The token isn't valid, or isn't meant for the exchange.
  case unauthenticated
  /// The token is nobody's who may ask: no agent's pod that is known (yet).
  case unknownPod
  /// Too many requests, of this node or of all.
  case tooMany(retryAfter: Duration)
  /// The API server doesn't answer, or this process no longer leads.
  case unavailable
}
