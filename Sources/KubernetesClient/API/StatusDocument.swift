/// `metav1.Status`: how the server reports an error.
struct StatusDocument: Decodable, Sendable {
  struct Details: Decodable, Sendable {
    var causes: [Problem]?
    var retryAfterSeconds: Int64?
  }

  struct Problem: Decodable, Sendable {
    var field: String?
    var message: String?
  }

  var code: Int?
  var reason: String?
  var message: String?
  var details: Details?

  /// How many causes an error names.
  private static let maxCauses = 5

  /// - Parameters:
  ///   - code: the HTTP status; nil for an event of a watch, which brings its own.
  ///   - retryAfter: from the header, which wins over the body.
  func error(code: Int?, retryAfter: Duration?, operation: String, isWrite: Bool) -> KubernetesError {
    let code = code ?? self.code
    let wait = retryAfter ?? details?.retryAfterSeconds.flatMap { $0 > 0 ? .seconds($0) : nil }
    // With 503 and Retry-After, the server says that it didn't begin.
    let isUnknown = (code ?? 0) >= 500 && !(code == 503 && wait != nil)
    return KubernetesError(
      cause: .status, code: code, reason: reason.flatMap { $0.isEmpty ? nil : $0 }, message: text,
      operation: operation, retryAfter: wait, isAmbiguous: isWrite && isUnknown)
  }

  private var text: String {
    var text = message.flatMap { $0.isEmpty ? nil : $0 } ?? "the server gave no reason"
    // The message of a refused object mostly has them already.
    let causes = (details?.causes ?? []).filter { cause in
      cause.message.map { !$0.isEmpty && !text.contains($0) } ?? false
    }
    guard !causes.isEmpty else { return text }
    let parts = causes.prefix(Self.maxCauses).map { cause in
      [cause.field, cause.message].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ": ")
    }
    text += " [\(parts.joined(separator: "; "))"
    if causes.count > Self.maxCauses { text += "; and \(causes.count - Self.maxCauses) more" }
    return text + "]"
  }
}
