/// The token of an agent. No description shows it.
package struct AgentToken: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
  /// Longer than any token that an API server makes.
  static let maxLength = 16 << 10

  let text: String

  /// Nil where the text can't be a token.
  package init?(_ text: some StringProtocol) {
    guard !text.isEmpty, text.utf8.count <= Self.maxLength, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      return nil
    }
    self.text = String(text)
  }

  /// The token of an `Authorization: Bearer …`.
  init?(authorization: String?) {
    guard let authorization, let blank = authorization.firstIndex(of: " "),
      authorization[..<blank].lowercased() == "bearer"
    else { return nil }
    self.init(authorization[authorization.index(after: blank)...])
  }

  package var description: String { "<redacted>" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
