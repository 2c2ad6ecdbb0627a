extension ManifestProblem {
  /// What is wrong with a field, and which.
  static func words(_ error: DecodingError) -> String {
    let (context, message): (DecodingError.Context, String) =
      switch error {
      case .typeMismatch(let type, let context): (context, "is no \(name(of: type))")
      case .valueNotFound(let type, let context): (context, "is empty; it has to be a \(name(of: type))")
      case .keyNotFound(let key, let context):
        (
          DecodingError.Context(codingPath: context.codingPath + [key], debugDescription: ""), "is missing"
        )
      case .dataCorrupted(let context): (context, "has a value that isn't known here")
      @unknown default: (DecodingError.Context(codingPath: [], debugDescription: ""), "can't be read")
      }
    var field = ""
    for key in context.codingPath {
      if let index = key.intValue {
        field += "[\(index)]"
      } else {
        field += field.isEmpty ? key.stringValue : ".\(key.stringValue)"
      }
    }
    return "\(field): \(message)"
  }

  private static func name(of type: Any.Type) -> String {
    if type == String.self { return "text (put it in quotes)" }
    if type == Int.self || type == Int32.self || type == Int64.self { return "whole number" }
    if type == Bool.self { return "true or false" }
    return "\(type)".hasPrefix("Array") ? "list" : "object"
  }
}
