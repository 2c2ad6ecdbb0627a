/// The digest of a manifest, a configuration or a layer: `algorithm:hex` with lower-case hexadecimal digits
/// (OCI image specification, descriptor, "Digests").
package struct Digest: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let algorithm: DigestAlgorithm
  /// Lower-case hexadecimal digits, as many as the algorithm gives.
  package let hex: String

  /// Reads `sha256:…`, `sha384:…` or `sha512:…`.
  ///
  /// - Throws: `ParseError` with the offset of the first character that doesn't fit.
  package init(parsing text: String) throws(ParseError) {
    var scanner = Scanner(text)
    try scanner.refuseForeignCharacters()
    self = try scanner.digest(until: scanner.end)
  }

  init(algorithm: DigestAlgorithm, hex: String) {
    self.algorithm = algorithm
    self.hex = hex
  }

  package var description: String { "\(algorithm.rawValue):\(hex)" }

  package static func < (left: Digest, right: Digest) -> Bool {
    (left.algorithm.rawValue, left.hex) < (right.algorithm.rawValue, right.hex)
  }
}
