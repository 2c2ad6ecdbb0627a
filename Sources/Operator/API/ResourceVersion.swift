package import KubernetesClient

/// Which of two versions of one object is the newer one.
///
/// API servers write resource versions as decimal numbers that only grow, for all objects of a kind, and so they can be
/// compared as numbers. Where one isn't such a number, the generation decides, and otherwise the newcomer counts.
package enum ResourceVersion {
  /// Whether `object` is an older version than `known`, such as a watch delivers after a write of ours.
  package static func isOlder(_ object: ObjectMeta, than known: ObjectMeta) -> Bool {
    if let left = object.resourceVersion.flatMap({ UInt64($0) }),
      let right = known.resourceVersion.flatMap({ UInt64($0) })
    {
      return left < right
    }
    return object.uid == known.uid && (object.generation ?? 0) < (known.generation ?? 0)
  }
}
