/// Words for decoding errors: where and what, without values of the document.
enum DecodingProblem {
  static func describe(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .typeMismatch(let type, let context): return "\(path(context)) is no \(type)"
    case .valueNotFound(let type, let context): return "\(path(context)) is null, not \(type)"
    case .keyNotFound(let key, let context): return "\(path(context)) has no \(key.stringValue)"
    case .dataCorrupted(let context): return "\(path(context)): \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }

  private static func path(_ context: DecodingError.Context) -> String {
    let text = context.codingPath.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }.joined()
    return text.isEmpty ? "the document" : text
  }
}
