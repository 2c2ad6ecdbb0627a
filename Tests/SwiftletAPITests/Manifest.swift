import Foundation
import KubernetesClient
import Testing
import Yams

/// The files in `deploy/`.
enum Manifest {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "deploy")

  /// All documents of a file.
  static func documents(_ path: String) throws -> [JSONValue] {
    let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
    return try Yams.load_all(yaml: text).map { try json($0) }
  }

  /// The only version's schema of a CRD.
  static func schema(_ resource: String) throws -> JSONValue {
    try #require(version(resource)["schema"]?["openAPIV3Schema"])
  }

  /// A CRD's only version.
  static func version(_ resource: String) throws -> JSONValue {
    let versions = try #require(try definitions.get()[resource]?["spec"]?["versions"]?.array)
    #expect(versions.count == 1)
    return try #require(versions.first)
  }

  /// The CRDs, read once.
  private static let definitions = Result {
    try Dictionary(
      uniqueKeysWithValues: [
        "imagesets.swiftlet.dev", "pullbudgets.swiftlet.dev", "nodeinventories.swiftlet.dev",
        "imagecaches.kubefledged.io",
      ].map { name in
        (String(name.prefix { $0 != "." }), try #require(try documents("crds/\(name).yaml").first))
      })
  }

  private struct NoJSON: Error {
    let value: String
  }

  private static func json(_ value: Any?) throws -> JSONValue {
    switch value {
    case nil, is NSNull: return .null
    case let value as Bool: return .bool(value)
    case let value as Int: return .integer(Int64(value))
    case let value as Double: return .number(value)
    case let value as String: return .string(value)
    case let value as [Any]: return .array(try value.map { try json($0) })
    case let value as [String: Any]: return .object(try value.mapValues { try json($0) })
    default: throw NoJSON(value: "\(String(describing: value))")
    }
  }
}

extension JSONValue {
  /// The value at a path of keys; `*` stands for the items of an array, or for the values of a map.
  func at(_ path: String) -> JSONValue? {
    path.split(separator: ".").reduce(self as JSONValue?) { schema, key in
      key == "*" ? schema?["items"] ?? schema?["additionalProperties"] : schema?["properties"]?[String(key)]
    }
  }
}
