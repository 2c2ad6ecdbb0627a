package import OCI

/// A layer that containerd is fetching.
package struct Ingest: Sendable, Hashable {
  package var layer: Digest
  /// Bytes that are there.
  package var offset: UInt64
  /// Bytes of the whole; 0 where unknown.
  package var total: UInt64

  package init(layer: Digest, offset: UInt64, total: UInt64) {
    self.layer = layer
    self.offset = offset
    self.total = total
  }

  /// - Parameter reference: containerd names an ingest after its kind and digest, such as `layer-sha256:…`.
  package init?(reference: String, offset: Int64, total: Int64) {
    let prefix = "layer-"
    guard reference.hasPrefix(prefix) else { return nil }
    do {
      layer = try Digest(parsing: String(reference.dropFirst(prefix.count)))
    } catch {
      return nil
    }
    self.offset = UInt64(max(0, offset))
    self.total = UInt64(max(0, total))
  }
}
