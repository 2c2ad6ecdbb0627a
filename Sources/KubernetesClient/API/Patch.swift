/// A change to an object. None of them drops fields that this program doesn't know.
public enum Patch: Sendable, Hashable {
  /// JSON merge patch (RFC 7396). With `metadata.resourceVersion` in it, it conflicts when the object has changed.
  case merge(JSONValue)
  /// JSON patch (RFC 6902).
  case json([JSONPatchOperation])
  /// Server-side apply. `apiVersion`, `kind` and `metadata.name` are added where missing.
  case apply(JSONValue, fieldManager: String, force: Bool)

  var contentType: String {
    switch self {
    case .merge: "application/merge-patch+json"
    case .json: "application/json-patch+json"
    case .apply: "application/apply-patch+yaml"
    }
  }
}
