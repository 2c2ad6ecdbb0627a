#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
package import KubernetesClient
package import SwiftletAPI

/// What a Job was made for, as an annotation of it says. Everything that its results mean follows from it and from the
/// Job's pods, so a leader that finds the Job knows as much as the one that made it.
package struct JobOrder: Codable, Sendable, Hashable {
  package struct Item: Codable, Sendable, Hashable {
    /// The normalised reference.
    package var image: String
    /// How many attempts had failed before this one. A failure counts only once, since it makes them `attempts + 1`.
    package var attempts: Int
    /// The image isn't known to have been missing: having it after the pull makes it nobody's.
    package var isFound: Bool?
    /// What is to happen to the image once nobody wants it, as the plan said.
    package var retention: Retention?

    package init(image: String, attempts: Int = 0, isFound: Bool? = nil, retention: Retention? = nil) {
      self.image = image
      self.attempts = attempts
      self.isFound = isFound
      self.retention = retention
    }
  }

  package var kind: JobKind
  package var node: String
  package var nodeUID: String
  /// In the order of the Job's containers, or of their arguments.
  package var items: [Item]
  /// The grant that pays for a pull.
  package var grant: String?
  /// Where a pull's images come from, if from one registry only.
  package var registry: String?
  /// Present images are compared with the registry.
  package var isRefresh: Bool?
  /// What the copies count as compared with the registry at.
  package var checkedAt: Timestamp?
  /// When a permit to remove ends.
  package var until: Timestamp?
  /// Names that stay when others of the same repositories are removed.
  package var kept: [String]?
  package var backoff: BackoffSpec?
  /// When a pull was started, for the budget's pace.
  package var startedAt: Timestamp?
  /// One container mounts all the images, where otherwise each image is started by itself. What comes of such a Job is
  /// that all of them are there, or not known of any.
  package var mountsImages: Bool?
  /// The names of Jobs that mounted some of these images, came to nothing, and are older whatever the clocks say.
  package var replaces: [String]?

  package init(kind: JobKind, node: String, nodeUID: String, items: [Item]) {
    self.kind = kind
    self.node = node
    self.nodeUID = nodeUID
    self.items = items
  }

  package static let annotation = "swiftlet.dev/order"
  /// The node's name, on Jobs and on their pods.
  package static let nodeAnnotation = "swiftlet.dev/node"
  /// On a Job that is kept although its results have been taken over.
  package static let settledAnnotation = "swiftlet.dev/settled"
  /// The label with the kind, on Jobs and on their pods.
  package static let kindLabel = "swiftlet.dev/job"

  /// The text for `annotation`.
  package var text: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  /// Nil where the text is none that this version wrote or understands.
  package init?(text: String) {
    do {
      self = try JSONDecoder().decode(JobOrder.self, from: Data(text.utf8))
    } catch {
      return nil
    }
  }
}

extension JobOrder {
  /// The Job's name: the same for the same work under the same circumstances, so that it can't be made twice.
  ///
  /// - Parameter salt: tells it from Jobs for the same that are over and were kept.
  package func name(salt: String) -> String {
    var parts = [nodeUID, kind.rawValue, grant ?? "", checkedAt?.description ?? "", until?.description ?? "", salt]
    for item in items { parts += [item.image, "\(item.attempts)"] }
    if mountsImages == true { parts.append("mounts") }
    return "swiftlet-\(kind.rawValue)-\(StableHash.hex(parts))"
  }
}

/// FNV-1a with 64 bits: the same in every process, and nothing that protects from intent.
package enum StableHash {
  package static func hex(_ parts: [String]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for part in parts {
      for byte in Array(part.utf8) + [0xff] {
        hash ^= UInt64(byte)
        hash = hash &* 0x100_0000_01b3
      }
    }
    let text = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}
