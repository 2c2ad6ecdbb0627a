/// Whether a failed request is tried again, and when.
package struct RetryPolicy: Sendable {
  package var options: RetryOptions

  package init(options: RetryOptions) {
    self.options = options
  }

  /// - Parameters:
  ///   - attempt: how many attempts have been made.
  ///   - random: from 0 up to 1, for the jitter.
  /// - Returns: how long to wait before the next attempt; nil where there is none.
  package func delay(after error: KubernetesError, attempt: Int, isWrite: Bool, random: Double) -> Duration? {
    guard attempt < options.attempts, isWorthwhile(error, attempt: attempt, isWrite: isWrite) else { return nil }
    if let wait = error.retryAfter {
      // Spread over a fifth more, since all that were refused are told the same.
      return wait <= options.maxRetryAfter ? wait * (1 + random / 5) : nil
    }
    var ceiling = options.initial
    for _ in 1..<max(attempt, 1) where ceiling < options.max { ceiling *= 2 }
    return min(ceiling, options.max) * (0.5 + random / 2)
  }

  private func isWorthwhile(_ error: KubernetesError, attempt: Int, isWrite: Bool) -> Bool {
    guard !(isWrite && error.isAmbiguous) else { return false }
    switch error.cause {
    case .status:
      // 429, and 503 with Retry-After, say that nothing was done. Other server errors may come after the deed.
      return error.code == 429 || (error.code == 503 && error.retryAfter != nil) || (!isWrite && error.isTransient)
    case .connection:
      return true
    case .timeout:
      // Each one takes the whole request timeout.
      return attempt < 2
    case .cancelled, .decoding, .invalidRequest, .credentials, .shutDown:
      return false
    }
  }
}
