package import KubernetesClient
package import SwiftletAPI

/// One image that Swiftlet had to do with.
package struct LedgerEntry: Codable, Sendable, Hashable {
  /// `Found` only stands here to keep `checkedAt`.
  package var origin: NodeImage.Origin
  /// What is to become of it once nobody wants it, by the plan that last named it.
  package var retention: Retention
  /// When the copy was last pulled or compared with the registry.
  package var checkedAt: Timestamp?
  /// True from just before the first pull, or from before a Job may make it, until the image is listed: whoever finds the image with this mark after a
  /// crash knows that it wasn't there before Swiftlet pulled it.
  package var isIntended: Bool?

  package init(
    origin: NodeImage.Origin, retention: Retention, checkedAt: Timestamp? = nil, isIntended: Bool? = nil
  ) {
    self.origin = origin
    self.retention = retention
    self.checkedAt = checkedAt
    self.isIntended = isIntended
  }

  /// Whether Swiftlet may remove the image (given a permit, and if nothing uses it).
  package var isOurs: Bool { origin != .found && isIntended != true }
}
