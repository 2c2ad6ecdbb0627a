/// All failures of one reason, with the first by node and image as an example.
package struct FailureGroup: Hashable, Sendable {
  package var reason: String
  package var count: Int
  package var image: ImageKey
  package var node: String
  package var message: String?

  package init(reason: String, count: Int, image: ImageKey, node: String, message: String? = nil) {
    self.reason = reason
    self.count = count
    self.image = image
    self.node = node
    self.message = message
  }
}
