#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
package import OCI

/// The layers that an image manifest lists, with their sizes.
package struct ManifestLayers: Sendable, Hashable {
  package var sizes: [Digest: UInt64]

  package init(sizes: [Digest: UInt64]) {
    self.sizes = sizes
  }

  /// Reads a manifest (OCI image specification, "Image Manifest"; Docker's schema 2 has the same members).
  package init?(json: [UInt8]) {
    struct Manifest: Decodable {
      struct Layer: Decodable {
        var digest: String
        var size: Int64
      }
      var layers: [Layer]
    }
    var sizes: [Digest: UInt64] = [:]
    do {
      for layer in try JSONDecoder().decode(Manifest.self, from: Data(json)).layers {
        sizes[try Digest(parsing: layer.digest)] = UInt64(max(0, layer.size))
      }
    } catch {
      return nil
    }
    self.sizes = sizes
  }
}
