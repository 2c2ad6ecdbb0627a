package import OCI

/// An image as the runtime lists it.
package struct RuntimeImage: Sendable, Hashable {
  /// The runtime's ID: the digest of the configuration.
  package var id: String
  /// Normalised references with a tag, such as `docker.io/library/nginx:latest`.
  package var tags: [String]
  /// Normalised references with a digest, such as `docker.io/library/nginx@sha256:…`.
  package var digests: [String]
  /// Bytes, as the runtime counts them (containerd: compressed content).
  package var size: UInt64
  /// The kubelet's garbage collection spares it.
  package var pinned: Bool

  package init(id: String, tags: [String], digests: [String], size: UInt64, pinned: Bool = false) {
    self.id = id
    self.tags = tags
    self.digests = digests
    self.size = size
    self.pinned = pinned
  }

  /// Whether the runtime knows this image by that name.
  package func isNamed(_ reference: ImageReference) -> Bool {
    tags.contains(reference.normalized) || digests.contains(reference.normalized)
  }

  /// The digest under which the runtime has this image from the reference's repository; nil if it came from others
  /// only.
  package func digest(for reference: ImageReference) -> Digest? {
    let prefix = reference.name + "@"
    for name in digests where name.hasPrefix(prefix) {
      do { return try Digest(parsing: String(name.dropFirst(prefix.count))) } catch { continue }
    }
    return nil
  }
}
