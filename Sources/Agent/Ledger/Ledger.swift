import KubernetesClient
import SwiftletAPI

/// What Swiftlet did to this node's images: what it pulled, when, what is to become of it, and what it pinned.
///
/// It decides what may be removed and unpinned: never anything that isn't in it.
package struct Ledger: Codable, Sendable, Hashable {
  /// The version of the stored form. A reader refuses what is newer.
  package static let version = 1

  package var version = Ledger.version
  /// By normalised reference.
  package var images: [String: LedgerEntry] = [:]
  /// IDs of images that Swiftlet pinned. Written before the pin is set and dropped after it was taken back.
  package var pins: Set<String> = []

  package init() {}

  private enum CodingKeys: String, CodingKey {
    case version, images, pins
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    version = try container.decode(Int.self, forKey: .version)
    guard version == Ledger.version else {
      throw DecodingError.dataCorruptedError(
        forKey: .version, in: container, debugDescription: "version \(version) isn't known")
    }
    images = try container.decodeIfPresent([String: LedgerEntry].self, forKey: .images) ?? [:]
    pins = Set(try container.decodeIfPresent([String].self, forKey: .pins) ?? [])
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(version, forKey: .version)
    try container.encode(images, forKey: .images)
    try container.encode(pins.sorted(), forKey: .pins)
  }
}
