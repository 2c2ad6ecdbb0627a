package import KubernetesClient
import Yams

/// One document of a file, as plain data.
package struct ManifestDocument: Sendable, Hashable {
  package var file: String
  /// From 1.
  package var index: Int
  package var value: JSONValue

  /// How long a file may be, in bytes.
  package static let maxBytes = 16 << 20
  /// How deep values may lie in each other.
  private static let maxDepth = 64
  /// How many values a document may hold, aliases resolved.
  private static let maxValues = 500_000

  /// Reads a file of YAML documents, or of JSON, which is YAML too. Empty documents are left out, and counted.
  package static func read(_ bytes: [UInt8], file: String) throws(ManifestProblem) -> [ManifestDocument] {
    guard bytes.count <= maxBytes else {
      throw ManifestProblem(file: file, message: "is larger than \(maxBytes >> 20) MiB")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ManifestProblem(file: file, message: "isn't UTF-8")
    }
    var documents: [ManifestDocument] = []
    var index = 0
    do {
      var nodes = try compose_all(yaml: text)
      while let node = nodes.next() {
        index += 1
        var budget = maxValues
        guard let value = try plain(of: node, depth: 0, &budget) else {
          throw ManifestProblem(file: file, document: index, message: "is too large or too deep")
        }
        if value != .null { documents.append(ManifestDocument(file: file, index: index, value: value)) }
      }
      if let error = nodes.error { throw error }
    } catch let problem as ManifestProblem {
      throw problem
    } catch {
      throw ManifestProblem(file: file, document: index + 1, message: words(error))
    }
    return documents
  }

  /// The value as Kubernetes' tools read it; nil where it is too much.
  private static func plain(of node: Yams.Node, depth: Int, _ budget: inout Int) throws -> JSONValue? {
    budget -= 1
    guard depth < maxDepth, budget > 0 else { return nil }
    switch node {
    case .scalar(let scalar): return plain(of: scalar)
    case .sequence(let sequence):
      var values: [JSONValue] = []
      for element in sequence {
        guard let value = try plain(of: element, depth: depth + 1, &budget) else { return nil }
        values.append(value)
      }
      return .array(values)
    case .mapping(let mapping):
      var fields: [String: JSONValue] = [:]
      for (key, element) in mapping {
        guard let name = key.scalar?.string else { throw UnreadableKey() }
        guard let value = try plain(of: element, depth: depth + 1, &budget) else { return nil }
        fields[name] = value
      }
      return .object(fields)
    case .alias: return nil
    }
  }

  private struct UnreadableKey: Error {}

  /// Only plain text can be something else than a string.
  private static func plain(of scalar: Yams.Node.Scalar) -> JSONValue {
    guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
    switch scalar.string {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default: break
    }
    if let number = Int64(scalar.string) { return .integer(number) }
    // Not what Swift takes for a number as well, such as nan or 0x1p3.
    let first = scalar.string.utf8.first { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "+") }
    let isNumeric = scalar.string.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || "+-.eE".utf8.contains(byte)
    }
    if isNumeric, let first, first != UInt8(ascii: "."), let number = Double(scalar.string) { return .number(number) }
    return .string(scalar.string)
  }

  private static func words(_ error: any Error) -> String {
    switch error {
    case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
      YamlError.composer(_, let problem, let mark, _):
      "isn't valid YAML: \(problem) in line \(mark.line), column \(mark.column)"
    case YamlError.duplicatedKeysInMapping(let duplicates, let context):
      "names \(duplicates.joined(separator: ", ")) twice in line \(context.mark.line)"
    case is UnreadableKey: "has a key that is no text"
    default: "isn't valid YAML"
    }
  }
}
