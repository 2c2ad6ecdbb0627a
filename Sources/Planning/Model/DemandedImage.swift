/// One image that a demand wants.
package struct DemandedImage: Hashable, Sendable {
  package let image: ResolvedImage
  /// A copy that was pulled or compared with the registry before this is pulled again.
  package var freshAfter: Instant?
  /// A copy that was pulled or compared before this doesn't count as present yet. At most `freshAfter`: an old copy
  /// that only awaits its next periodic refresh is still a good copy.
  package var readyAfter: Instant?
  /// `os/architecture[/variant]`; the node's own where absent.
  package var platform: String?

  package init(
    _ image: ResolvedImage, freshAfter: Instant? = nil, readyAfter: Instant? = nil, platform: String? = nil
  ) {
    self.image = image
    self.freshAfter = freshAfter
    self.readyAfter = readyAfter
    self.platform = platform
  }

  /// With what a pull policy and a refresh interval ask for at some time.
  package init(_ image: ResolvedImage, freshness: Freshness, platform: String? = nil) {
    self.init(image, freshAfter: freshness.freshAfter, readyAfter: freshness.readyAfter, platform: platform)
  }

  package var key: ImageKey { image.key }
}
