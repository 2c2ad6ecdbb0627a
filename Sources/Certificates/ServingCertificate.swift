import Crypto
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
package import KubernetesClient
import SwiftASN1
import X509

/// A server's certificate, with those between it and its authority, and its key. The key shows in no description.
package struct ServingCertificate: Sendable, Hashable {
  /// PEM; the server's own comes first.
  package let chain: String
  /// PEM.
  package let key: SecretData

  package init(chain: String, key: SecretData) {
    self.chain = chain
    self.key = key
  }

  /// A certificate that is its own authority, with a new key.
  package static func selfIssued(for names: ServerNames, validity: Validity) throws -> ServingCertificate {
    let key = P256.Signing.PrivateKey()
    return try make(for: names, key: key, validity: validity, issuer: try names.subject, signedBy: key)
  }

  /// - Parameters:
  ///   - key: the server's.
  ///   - signedBy: the issuer's.
  static func make(
    for names: ServerNames, key: P256.Signing.PrivateKey, validity: Validity, issuer: DistinguishedName,
    signedBy issuerKey: P256.Signing.PrivateKey
  ) throws -> ServingCertificate {
    // No key usage: as its own issuer it would have to be allowed to sign certificates.
    let certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
      notValidBefore: validity.from.date, notValidAfter: validity.until.date, issuer: issuer,
      subject: try names.subject,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        try ExtendedKeyUsage([.serverAuth])
        try names.alternatives
      },
      issuerPrivateKey: Certificate.PrivateKey(issuerKey))
    return ServingCertificate(chain: try certificate.pem, key: SecretData(key.pemRepresentation))
  }
}

extension Certificate {
  /// With a line end, so that one may follow another.
  var pem: String {
    get throws { try serializeAsPEM().pemString + "\n" }
  }
}
