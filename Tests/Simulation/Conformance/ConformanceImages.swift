package import OCI

/// What the registry of a conformance run has. References are to one registry and differ in what is said about them.
package struct ConformanceImages: Sendable {
  /// An image by a tag.
  package var tagged: ImageReference
  /// The digest of its manifest.
  package var digest: Digest
  /// The same image by another tag of the same repository.
  package var alias: ImageReference
  /// Another image, which shares no ID with the first.
  package var second: ImageReference
  /// Not in the registry.
  package var missing: ImageReference
  /// In a registry that refuses connections.
  package var refused: ImageReference?
  /// An index without an image for this platform.
  package var otherPlatform: ImageReference?

  package init(
    tagged: ImageReference, digest: Digest, alias: ImageReference, second: ImageReference, missing: ImageReference,
    refused: ImageReference? = nil, otherPlatform: ImageReference? = nil
  ) {
    self.tagged = tagged
    self.digest = digest
    self.alias = alias
    self.second = second
    self.missing = missing
    self.refused = refused
    self.otherPlatform = otherPlatform
  }

  var byDigest: ImageReference { tagged.with(digest: digest) }
}
