/// What pairs are told apart by: the normalised image reference, such as `docker.io/library/nginx:latest`.
package struct ImageKey: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let normalized: String

  /// - Parameter normalized: a reference that was normalised before, as a key of a NodeInventory's maps is.
  package init(normalized: String) {
    self.normalized = normalized
  }

  /// The host (and port) that the image comes from.
  package var registry: String {
    String(normalized.prefix { $0 != "/" })
  }

  package var description: String { normalized }

  package static func < (left: ImageKey, right: ImageKey) -> Bool { left.normalized < right.normalized }
}
