package import OCI
package import SwiftletAPI

/// What holds for all ImageCaches, as kube-fledged's flags say it.
package struct ImageCacheRules: Sendable, Hashable {
  /// Whether copies are compared with the registry: always, or only those of images whose tag is `latest`.
  package var pullPolicy: PullPolicy
  /// How often they are; nil for never.
  package var refreshInterval: Duration?
  /// The service account, in each object's namespace, whose `imagePullSecrets` count after the object's own.
  package var serviceAccountName: String?

  /// How long a purge, and a deleted object, wait for images to go.
  package static let removalDeadline = Duration.seconds(300)

  package init(
    pullPolicy: PullPolicy = .ifNotPresent, refreshInterval: Duration? = .seconds(15 * 60),
    serviceAccountName: String? = nil
  ) {
    self.pullPolicy = pullPolicy
    self.refreshInterval = refreshInterval
    self.serviceAccountName = serviceAccountName
  }

  /// Whether copies of the image are compared with the registry: only where the policy calls copies of it old at some
  /// time, which is those with the tag `latest`, or all that have no digest.
  package func follows(_ image: ImageReference) -> Bool {
    image.digest == nil && (pullPolicy == .always || image.tag == "latest")
  }
}
