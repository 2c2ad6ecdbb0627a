package import KubernetesClient

/// Finds what somebody wrote that means nothing, as a slip of the pen does.
package enum UnknownFields {
  /// The paths of fields in `written` that `known`, which is the same after it was decoded, lacks. In order.
  package static func paths(in written: JSONValue, known: JSONValue, path: String) -> [String] {
    switch (written, known) {
    case (.object(let written), .object(let known)):
      written.sorted { $0.key < $1.key }.flatMap { key, value -> [String] in
        // Nothing is what a missing field says as well.
        if value == .null || value == .object([:]) || value == .array([]) { return [] }
        guard let counterpart = known[key] else { return ["\(path).\(key)"] }
        return paths(in: value, known: counterpart, path: "\(path).\(key)")
      }
    case (.array(let written), .array(let known)):
      zip(written, known).enumerated().flatMap { index, pair in
        paths(in: pair.0, known: pair.1, path: "\(path)[\(index)]")
      }
    default: []
    }
  }
}
