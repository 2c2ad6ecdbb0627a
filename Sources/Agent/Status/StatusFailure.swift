/// Why a status couldn't be read or written.
package enum StatusFailure: Error, Sendable, Hashable {
  /// There is no NodeInventory.
  case notFound
  /// Anything else; the write may or may not have happened.
  case failed(message: String, retryAfter: Duration?)
}
