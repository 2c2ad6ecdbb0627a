/// The file system that holds the runtime's images.
package struct ImageFilesystem: Sendable, Hashable {
  /// A path on the node.
  package var mountpoint: String
  /// What images take.
  package var usedBytes: UInt64
  /// The size of the file system; nil where its path can't be seen from here.
  package var capacityBytes: UInt64?
  /// What may still be written to it; nil where its path can't be seen from here.
  package var availableBytes: UInt64?

  package init(mountpoint: String, usedBytes: UInt64, capacityBytes: UInt64? = nil, availableBytes: UInt64? = nil) {
    self.mountpoint = mountpoint
    self.usedBytes = usedBytes
    self.capacityBytes = capacityBytes
    self.availableBytes = availableBytes
  }
}
