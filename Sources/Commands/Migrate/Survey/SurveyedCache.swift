package import KubernetesClient
package import SwiftletAPI

/// An ImageCache as it was found, whatever its state.
package struct SurveyedCache: KubernetesResource, Hashable {
  package static let resourceType = ImageCache.resourceType

  package var metadata: ObjectMeta
  /// Nil where it can't be understood.
  package var cache: ImageCache?
  /// Why it can't be understood.
  package var problem: String?
  /// Fields that nobody knows: a slip of the pen is the most frequent cause.
  package var unknownFields: [String] = []

  package init(_ value: JSONValue) throws {
    metadata = try (value["metadata"] ?? [:]).decoded()
    do {
      let cache: ImageCache = try value.decoded()
      let known = try JSONValue(encoding: cache)
      unknownFields = UnknownFields.paths(in: value["spec"] ?? .null, known: known["spec"] ?? .null, path: "spec")
      self.cache = cache
    } catch let error as DecodingError {
      problem = ManifestProblem.words(error)
    }
  }

  package init(from decoder: any Decoder) throws {
    try self.init(JSONValue(from: decoder))
  }

  package func encode(to encoder: any Encoder) throws { try cache?.encode(to: encoder) }
}
