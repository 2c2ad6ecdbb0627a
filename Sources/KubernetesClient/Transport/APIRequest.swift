#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A request to the API server, without credentials or address.
struct APIRequest: Sendable {
  enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
    case patch = "PATCH"
    case delete = "DELETE"
  }

  var method: Method
  /// Encoded, with a slash at the start.
  var path: String
  var query: [QueryItem] = []
  var body: RequestBody?
  /// What an error calls it.
  var operation: String

  init(_ method: Method, path: String, operation: String) {
    self.method = method
    self.path = path
    self.operation = operation
  }

  /// Whether it can change anything.
  var isWrite: Bool { method != .get }

  /// The path with its query.
  var target: String {
    guard !query.isEmpty else { return path }
    let items = query.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
    return "\(path)?\(items.joined(separator: "&"))"
  }

  /// Completes an apply patch and sets the query that goes with it.
  mutating func prepareApply(
    _ document: JSONValue, type: ResourceType, name: String, manager: String, force: Bool
  ) -> JSONValue {
    query.removeAll { $0.name == "fieldManager" }
    query += QueryItem.items(("fieldManager", manager), ("force", force ? "true" : nil))
    var document = document
    document["apiVersion"] = document["apiVersion"] ?? .string(type.apiVersion)
    document["kind"] = document["kind"] ?? .string(type.kind)
    var metadata = document["metadata"] ?? [:]
    metadata["name"] = metadata["name"] ?? .string(name)
    document["metadata"] = metadata
    return document
  }
}

/// What a request carries.
struct RequestBody: Sendable {
  var contentType: String
  var data: Data
}
