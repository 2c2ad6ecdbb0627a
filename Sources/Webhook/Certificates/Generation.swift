package import Certificates
package import KubernetesClient

/// An authority and the one certificate that it signed, found to belong together.
package struct Generation: Sendable, Hashable {
  package let authority: CertificateAuthority
  package let server: ServingCertificate
  package let validity: Validity
  package let dnsNames: [String]

  /// - Throws: `CertificateError` where the parts don't belong together.
  package init(authority: CertificateAuthority, server: ServingCertificate) throws(CertificateError) {
    let root = try CertificateFacts(pem: authority.certificate)
    let leaf = try CertificateFacts(pem: server.chain)
    guard root.signed(leaf) else { throw CertificateError("the certificate is of another authority") }
    guard try leaf.fits(key: server.key) else { throw CertificateError("the key is another certificate's") }
    self.authority = authority
    self.server = server
    validity = Validity(
      from: max(root.validity.from, leaf.validity.from), until: min(root.validity.until, leaf.validity.until))
    dnsNames = leaf.dnsNames
  }

  package static func make(for names: ServerNames, now: Timestamp, lifetime: Duration) throws -> Generation {
    let made = try CertificateAuthority.issue(for: names, validity: Validity(now: now, lifetime: lifetime))
    return try Generation(authority: made.authority, server: made.server)
  }
}
