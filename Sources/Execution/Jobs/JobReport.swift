#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What `swiftlet node look` and `swiftlet node remove` leave as their container's termination message, which may be 4096
/// bytes. Images are named by their place among the arguments.
package struct JobReport: Codable, Sendable, Hashable {
  /// How many images one container may be asked about, so that the answer fits.
  package static let maxItems = 45
  /// How many containers a pod's share of 12 KiB is enough for.
  package static let maxContainers = 3

  package enum Removal: String, Codable, Sendable, Hashable {
    case gone = "Gone"
    case inUse = "InUse"
    case pinned = "Pinned"
    /// The image has names that aren't Swiftlet's, and the runtime can't drop one alone.
    case shared = "SharedImage"
    case failed = "RemovalFailed"
    /// It was too late, or not its turn any more.
    case skipped = "Skipped"
  }

  /// Images that are there, with their manifest's digest without `sha256:`; empty where there is none.
  package var present: [Int: String]?
  package var removals: [Int: Removal]?
  /// Why nothing could be said.
  package var error: String?

  package init(present: [Int: String]? = nil, removals: [Int: Removal]? = nil, error: String? = nil) {
    self.present = present
    self.removals = removals
    self.error = error.map { String($0.unicodeScalars.prefix(1024).map(Character.init)) }
  }

  package var text: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  /// Nil where the text is no such report.
  package init?(text: String) {
    do {
      self = try JSONDecoder().decode(JobReport.self, from: Data(text.utf8))
    } catch {
      return nil
    }
  }
}
