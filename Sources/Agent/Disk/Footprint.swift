package import ContainerRuntime

/// What an image takes on disk, from the size that is known of it.
///
/// containerd tells compressed sizes, as manifests do. It keeps the compressed layers and unpacks them next to that,
/// to about two and a half times as much for common images (2 to 3; data that doesn't compress takes 1). So a
/// compressed size counts three and a half times. Layers that images share are counted with each of them. Both err on
/// the side of too much. Other runtimes tell what an image takes unpacked, and keep nothing else.
package struct Footprint: Sendable, Hashable {
  package let isCompressed: Bool

  package init(isCompressed: Bool) {
    self.isCompressed = isCompressed
  }

  package init(_ information: RuntimeInformation?) {
    isCompressed = information.map { $0.name == "containerd" } ?? true
  }

  package func bytes(ofSize size: UInt64) -> UInt64 {
    guard isCompressed else { return size }
    let (product, overflow) = size.multipliedReportingOverflow(by: 7)
    return overflow ? .max : product / 2
  }
}
