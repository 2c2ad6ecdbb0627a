package import ContainerRuntime

/// Which images are to be kept from the kubelet's garbage collection.
package enum PinPolicy {
  /// The IDs of the images that are there and whose plan asks for a pin.
  ///
  /// The seam for the bound on pinned bytes: what doesn't fit under it is left out here, and unpinned by that.
  package static func wanted(
    _ images: some Sequence<WantedImage>, observed: ObservedImages, filesystem: ImageFilesystem?
  ) -> Set<String> {
    var ids: Set<String> = []
    for image in images where image.isPinWanted {
      if let there = observed[name: image.name] { ids.insert(there.id) }
    }
    return ids
  }
}
