package import OCI
package import SwiftletAPI

/// What holds for all ImageCaches, as kube-fledged's flags say it.
package struct ImageCacheRules: Sendable, Hashable {
  /// Whether copies are compared with the registry: always, or only those of images whose tag is `latest`.
  package var pullPolicy: PullPolicy
  /// How often they are; nil for never.
  package var refreshInterval: Duration?

  /// How long a purge, and a deleted object, wait for images to go.
  package static let removalDeadline = Duration.seconds(300)

  package init(pullPolicy: PullPolicy = .ifNotPresent, refreshInterval: Duration? = .seconds(15 * 60)) {
    self.pullPolicy = pullPolicy
    self.refreshInterval = refreshInterval
  }

  /// Whether copies of the image are compared with the registry: only where the policy calls copies of it old at some
  /// time, which is those with the tag `latest`, or all that have no digest.
  package func follows(_ image: ImageReference) -> Bool {
    image.digest == nil && (pullPolicy == .always || image.tag == "latest")
  }
}
