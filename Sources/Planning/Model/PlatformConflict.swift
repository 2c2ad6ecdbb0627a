/// An image that two demands want for different platforms, as the one is told that doesn't get its own.
package struct PlatformConflict: Hashable, Sendable {
  package var image: ImageKey
  /// Whose platform the nodes get.
  package var winner: DemandID
  package var platform: String?

  package init(image: ImageKey, winner: DemandID, platform: String?) {
    self.image = image
    self.winner = winner
    self.platform = platform
  }
}
