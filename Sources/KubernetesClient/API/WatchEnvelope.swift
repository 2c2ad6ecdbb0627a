/// One line of a watch.
enum WatchEnvelope<R: KubernetesResource>: Decodable, Sendable {
  case object(kind: String, ObjectEnvelope<R>)
  case bookmark(resourceVersion: String, initialEventsEnd: Bool)
  case failure(StatusDocument)

  private enum CodingKeys: String, CodingKey {
    case type
    case object
  }

  private struct Bookmark: Decodable {
    struct Metadata: Decodable {
      var resourceVersion: String?
      var annotations: [String: String]?
    }
    var metadata: Metadata
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let type = try container.decode(String.self, forKey: .type)
    switch type {
    case "ADDED", "MODIFIED", "DELETED":
      self = .object(kind: type, try container.decode(ObjectEnvelope<R>.self, forKey: .object))
    case "BOOKMARK":
      let metadata = try container.decode(Bookmark.self, forKey: .object).metadata
      self = .bookmark(
        resourceVersion: metadata.resourceVersion ?? "",
        initialEventsEnd: metadata.annotations?["k8s.io/initial-events-end"] == "true")
    case "ERROR":
      self = .failure(try container.decode(StatusDocument.self, forKey: .object))
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .type, in: container, debugDescription: "unknown type of event \(type.prefix(32))")
    }
  }

  func event(operation: String) throws(KubernetesError) -> WatchEvent<R> {
    switch self {
    case .bookmark(let version, let isEnd):
      return .bookmark(resourceVersion: version, initialEventsEnd: isEnd)
    case .failure(let status):
      throw status.error(code: nil, retryAfter: nil, operation: operation, isWrite: false)
    case .object(let kind, let envelope):
      let object = try envelope.object(operation: operation)
      return kind == "ADDED" ? .added(object) : kind == "MODIFIED" ? .modified(object) : .deleted(object)
    }
  }
}
