/// Why a certificate or a key can't be used, in words. Never has any part of a key.
package struct CertificateError: Error, Sendable, Hashable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
