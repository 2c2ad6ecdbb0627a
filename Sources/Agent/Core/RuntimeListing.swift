package import ContainerRuntime

/// One look at the runtime.
package struct RuntimeListing: Sendable {
  package var images: [RuntimeImage]
  /// Only where it was asked for.
  package var information: RuntimeInformation?
  package var filesystem: ImageFilesystem?

  package init(
    images: [RuntimeImage], information: RuntimeInformation? = nil, filesystem: ImageFilesystem? = nil
  ) {
    self.images = images
    self.information = information
    self.filesystem = filesystem
  }
}
