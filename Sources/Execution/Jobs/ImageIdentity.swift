import OCI

/// What a kubelet says of which image a container runs: a name with a digest, or an ID, depending on the runtime.
struct ImageIdentity: Sendable, Hashable {
  /// The manifest's digest.
  var digest: String?
  var id: String?

  init(_ text: String) {
    // As Docker's shim writes it.
    let prefix = "docker-pullable://"
    let bare = text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
    if let at = bare.lastIndex(of: "@") {
      digest = Self.checked(String(bare[bare.index(after: at)...]))
    } else {
      id = Self.checked(bare)
    }
  }

  private static func checked(_ text: String) -> String? {
    let parts = text.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, parts[1].count >= 32, parts[1].allSatisfy(\.isHexDigit) else { return nil }
    return text
  }

  var isUnknown: Bool { digest == nil && id == nil }
}
