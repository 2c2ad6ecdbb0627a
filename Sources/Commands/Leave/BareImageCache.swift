import KubernetesClient
import SwiftletAPI

/// An ImageCache of which nothing matters but its metadata: so one whose spec nobody understands is let go as well.
struct BareImageCache: KubernetesResource {
  static let resourceType = ImageCache.resourceType

  var metadata: ObjectMeta
}
