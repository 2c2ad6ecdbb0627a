/// A hash function whose digests name content. These are the ones that the runtimes accept.
package enum DigestAlgorithm: String, Sendable, Hashable, CaseIterable {
  case sha256
  case sha384
  case sha512

  /// How many hexadecimal digits a digest of this algorithm has.
  package var hexLength: Int {
    switch self {
    case .sha256: 64
    case .sha384: 96
    case .sha512: 128
    }
  }
}
