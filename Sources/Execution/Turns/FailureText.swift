/// Why something isn't as it should be, in the form that a status shows.
package struct FailureText: Sendable, Hashable {
  /// How long a message may be, in Unicode scalars (which is what a CRD's `maxLength` counts).
  package static let messageLimit = 256

  /// A word in camel case.
  package let reason: String
  /// Bounded; nil where the reason says it all.
  package let message: String?

  package init(reason: String, message: String? = nil) {
    self.reason = reason
    self.message = message.map(Self.bounded)
  }

  /// The first `messageLimit` scalars of a text.
  package static func bounded(_ text: String) -> String {
    guard text.unicodeScalars.count > messageLimit else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(messageLimit - 1))) + "…"
  }
}
