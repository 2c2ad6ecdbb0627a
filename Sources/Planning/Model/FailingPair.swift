/// One image on one node that fails, or that stays although it was to go.
package struct FailingPair: Hashable, Sendable {
  package var image: ImageKey
  package var node: String
  /// A word in camel case, such as `NotFound` or `InUse`.
  package var reason: String
  package var message: String?

  package init(image: ImageKey, node: String, reason: String, message: String? = nil) {
    self.image = image
    self.node = node
    self.reason = reason
    self.message = message
  }
}
