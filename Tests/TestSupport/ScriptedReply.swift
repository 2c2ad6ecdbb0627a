/// What a `ScriptedServer` answers.
package struct ScriptedReply: Sendable {
  /// A part of a body, or the end of the connection in place of one.
  package enum Piece: Sendable {
    case bytes([UInt8])
    /// Closes the connection.
    case drop
    /// Sends nothing any more and leaves the connection open.
    case silence

    package static func text(_ text: String) -> Piece { .bytes(Array(text.utf8)) }
  }

  enum Kind: Sendable {
    case pieces(status: Int, headers: [ScriptedRequest.Header], @Sendable () -> AsyncStream<Piece>)
    case drop
    case silence
  }

  let kind: Kind

  /// Never answers, and leaves the connection open.
  package static let silence = ScriptedReply(kind: .silence)
  /// Closes the connection without an answer.
  package static let drop = ScriptedReply(kind: .drop)

  /// A whole answer.
  package static func text(
    _ body: String, status: Int = 200, headers: [String: String] = ["Content-Type": "application/json"]
  ) -> ScriptedReply {
    stream(status: status, headers: headers, [.text(body)])
  }

  /// An answer in the given pieces, each written by itself.
  package static func stream(
    status: Int = 200, headers: [String: String] = ["Content-Type": "application/json"], _ pieces: [Piece]
  ) -> ScriptedReply {
    make(status, headers) {
      AsyncStream { continuation in
        for piece in pieces { continuation.yield(piece) }
        continuation.finish()
      }
    }
  }

  /// An answer whose pieces come when the test says. It can be given once.
  package static func stream(
    status: Int = 200, headers: [String: String] = ["Content-Type": "application/json"], _ pieces: AsyncStream<Piece>
  ) -> ScriptedReply {
    make(status, headers) { pieces }
  }

  private static func make(
    _ status: Int, _ headers: [String: String], _ pieces: @escaping @Sendable () -> AsyncStream<Piece>
  ) -> ScriptedReply {
    let fields = headers.map { ScriptedRequest.Header(name: $0.key, value: $0.value) }
    return ScriptedReply(kind: .pieces(status: status, headers: fields, pieces))
  }

  /// A `metav1.Status`.
  package static func failure(
    _ code: Int, reason: String, message: String = "refused", headers: [String: String] = [:]
  ) -> ScriptedReply {
    let body = """
      {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"\(message)",\
      "reason":"\(reason)","code":\(code)}
      """
    return text(body, status: code, headers: headers.merging(["Content-Type": "application/json"]) { a, _ in a })
  }
}
