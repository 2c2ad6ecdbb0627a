import Crypto
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import KubernetesClient
import SwiftASN1
import X509

/// An authority that signs one server's certificate and is forgotten then: its key never leaves `issue`, so nothing else
/// can ever be signed with it.
package struct CertificateAuthority: Sendable, Hashable {
  /// PEM, for those who are to trust it.
  package let certificate: String

  package init(certificate: String) {
    self.certificate = certificate
  }

  /// Makes an authority and the certificate of the one server that it vouches for.
  package static func issue(
    for names: ServerNames, validity: Validity
  ) throws -> (authority: CertificateAuthority, server: ServingCertificate) {
    let key = P256.Signing.PrivateKey()
    let serial = Certificate.SerialNumber()
    // Authorities of one name with different keys would confuse those who look them up by their names.
    let name = try DistinguishedName { CommonName("\(names.commonName) CA \(serial)") }
    let certificate = try Certificate(
      version: .v3, serialNumber: serial, publicKey: .init(key.publicKey), notValidBefore: validity.from.date,
      notValidAfter: validity.until.date, issuer: name, subject: name,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
        Critical(KeyUsage(keyCertSign: true))
      },
      issuerPrivateKey: Certificate.PrivateKey(key))
    let server = try ServingCertificate.make(
      for: names, key: P256.Signing.PrivateKey(), validity: validity, issuer: name, signedBy: key)
    return (CertificateAuthority(certificate: try certificate.pem), server)
  }
}
