#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
package import KubernetesClient
import SwiftASN1
import X509

/// What a certificate says, without its key.
package struct CertificateFacts: Sendable, Hashable {
  package let validity: Validity
  package let dnsNames: [String]
  private let certificate: Certificate

  /// - Parameter pem: the first certificate in it counts.
  /// - Throws: `CertificateError`.
  package init(pem: String) throws(CertificateError) {
    do {
      guard let first = try PEMDocument.parseMultiple(pemString: pem).first else {
        throw CertificateError("no certificate")
      }
      certificate = try Certificate(pemDocument: first)
      let names = try certificate.extensions.subjectAlternativeNames
      dnsNames = (names ?? SubjectAlternativeNames()).compactMap { name in
        guard case .dnsName(let text) = name else { return nil }
        return text
      }
    } catch let error as CertificateError {
      throw error
    } catch {
      throw CertificateError("no certificate that can be read")
    }
    validity = Validity(from: Timestamp(certificate.notValidBefore), until: Timestamp(certificate.notValidAfter))
  }

  /// Whether this authority signed that certificate.
  package func signed(_ other: CertificateFacts) -> Bool {
    certificate.publicKey.isValidSignature(other.certificate.signature, for: other.certificate)
  }

  /// Whether the certificate's key is this one, in PEM.
  ///
  /// - Throws: `CertificateError` where that is no key.
  package func fits(key: SecretData) throws(CertificateError) -> Bool {
    guard let text = key.text else { throw CertificateError("no private key in PEM") }
    do {
      return try Certificate.PrivateKey(pemEncoded: text).publicKey == certificate.publicKey
    } catch {
      throw CertificateError("no private key that can be read")
    }
  }
}
