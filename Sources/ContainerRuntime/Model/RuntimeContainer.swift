/// A container in any state, and the image that it needs.
package struct RuntimeContainer: Sendable, Hashable {
  package var id: String
  /// The image as it was asked for.
  package var imageReference: String
  /// The image's ID, as in `RuntimeImage.id`; empty where the runtime doesn't tell.
  package var imageID: String
  /// Images that are mounted into it, by name or ID.
  package var volumeImages: [String]

  package init(id: String, imageReference: String, imageID: String, volumeImages: [String] = []) {
    self.id = id
    self.imageReference = imageReference
    self.imageID = imageID
    self.volumeImages = volumeImages
  }
}
