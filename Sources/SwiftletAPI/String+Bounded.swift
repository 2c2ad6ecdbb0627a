extension String {
  /// The text where it has at most `limit` Unicode scalars (what `maxLength` of a schema counts), and otherwise its
  /// start with an ellipsis, `limit` scalars in all.
  package func bounded(to limit: Int) -> String {
    guard unicodeScalars.count > limit else { return self }
    guard limit > 0 else { return "" }
    return String(String.UnicodeScalarView(unicodeScalars.prefix(limit - 1))) + "…"
  }
}
