package import KubernetesClient

/// `kubefledged.io/v1alpha2` ImageCache: lists of images, each for the nodes that a selector picks.
///
/// The fields of `spec`, the annotations and the words in `status` are kube-fledged's; what Swiftlet adds to `status` is
/// marked so.
package struct ImageCache: KubernetesResource, Hashable {
  package static let resourceType = ResourceType(
    group: "kubefledged.io", version: "v1alpha2", resource: "imagecaches", kind: "ImageCache", isNamespaced: true)

  package var metadata: ObjectMeta
  package var spec: ImageCacheSpec
  package var status: ImageCacheStatus?

  package init(metadata: ObjectMeta, spec: ImageCacheSpec, status: ImageCacheStatus? = nil) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }
}

package struct ImageCacheSpec: Codable, Sendable, Hashable {
  /// Required by the schema; objects without are stored all the same.
  package var cacheSpec: [ImageCacheList]?
  /// Secrets in the object's own namespace.
  package var imagePullSecrets: [LocalSecretReference]?

  package init(cacheSpec: [ImageCacheList], imagePullSecrets: [LocalSecretReference]? = nil) {
    self.cacheSpec = cacheSpec
    self.imagePullSecrets = imagePullSecrets
  }
}

/// Some images, and the nodes that they are for.
package struct ImageCacheList: Codable, Sendable, Hashable {
  /// Null counts as empty: objects are stored that say so.
  package var images: [String]?
  /// Labels that a node must have; every node where absent.
  package var nodeSelector: [String: String]?

  package init(images: [String], nodeSelector: [String: String]? = nil) {
    self.images = images
    self.nodeSelector = nodeSelector
  }
}

package struct LocalSecretReference: Codable, Sendable, Hashable {
  package var name: String?

  package init(name: String) {
    self.name = name
  }
}

package struct ImageCacheStatus: Codable, Sendable, Hashable {
  /// How many pairs `failures` names at most.
  package static let maxFailures = 100

  /// One of `ImageCachePhase`.
  package var status: String?
  /// What was or is being done: `ImageCacheReason`.
  package var reason: String?
  package var message: String?
  package var startTime: Timestamp?
  package var completionTime: Timestamp?
  /// By image; at most `maxFailures` entries in all.
  package var failures: [String: [ImageCacheFailure]]?

  // What Swiftlet adds.

  package var observedGeneration: Int64?
  package var pairs: PairCounts?
  package var nodes: ReadyCounts?
  package var images: ReadyCounts?
  /// Present pairs out of the desired ones, such as `27/90`.
  package var progress: String?
  package var conditions: [Condition]?
  /// A refresh or purge that was asked for and isn't over.
  package var request: ImageCacheRequest?
  /// The last refresh that was asked for: copies that were compared with the registry before it are old, where the pull
  /// policy says that copies can be.
  package var refreshedAt: Timestamp?
  /// The generation of the spec whose images were purged: they stay away until the spec changes or a refresh is asked
  /// for.
  package var purgedGeneration: Int64?
  /// When Swiftlet took the object over from kube-fledged; what its images had on the nodes then is Swiftlet's.
  package var adoptedAt: Timestamp?

  package init() {}
}

package enum ImageCachePhase: String, Sendable, Hashable, CaseIterable {
  case processing = "Processing"
  case succeeded = "Succeeded"
  case failed = "Failed"
  case aborted = "Aborted"
  case nothingDone = "NoImagesPulledOrDeleted"
  case unknown = "Unknown"
}

package enum ImageCacheReason: String, Sendable, Hashable, CaseIterable {
  case create = "ImageCacheCreate"
  case update = "ImageCacheUpdate"
  case refresh = "ImageCacheRefresh"
  case purge = "ImageCachePurge"
  case aborted = "ImagePullAborted"
  case oldNotFound = "OldImageCacheNotFound"
  case invalidSpec = "CacheSpecValidationFailed"
}

/// Why an image isn't on a node.
package struct ImageCacheFailure: Codable, Sendable, Hashable {
  package var node: String
  package var reason: String
  package var message: String

  package init(node: String, reason: String, message: String) {
    self.node = node
    self.reason = reason
    self.message = message
  }
}

/// Something that an annotation asked for.
package struct ImageCacheRequest: Codable, Sendable, Hashable {
  package enum Kind: String, Codable, Sendable, Hashable, CaseIterable {
    case refresh = "Refresh"
    case purge = "Purge"
  }

  package var kind: Kind
  /// When it was seen.
  package var at: Timestamp

  package init(kind: Kind, at: Timestamp) {
    self.kind = kind
    self.at = at
  }
}

extension ImageCacheRequest.Kind {
  /// What a newer controller wrote: to look again does no harm.
  package init(from decoder: any Decoder) throws {
    self = Self(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .refresh
  }
}

/// Annotations of an ImageCache. Of kube-fledged's only the presence matters.
package enum ImageCacheAnnotation {
  package static let refresh = "kubefledged.io/refresh-imagecache"
  package static let purge = "kubefledged.io/purge-imagecache"
  /// `Delete` (the default): the images go before the object does. `Retain`: they stay, as kube-fledged leaves them.
  package static let retention = "swiftlet.dev/retention"

  /// Who pulls: a value of `Executor`.
  package static let executor = "swiftlet.dev/executor"

  /// Keeps a deleted object until its images are gone.
  package static let finalizer = "swiftlet.dev/imagecache"
}
