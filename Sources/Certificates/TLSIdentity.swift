import KubernetesClient
package import NIOSSL

/// A server's certificate and key, read and found to belong together.
package struct TLSIdentity: Sendable {
  package let facts: CertificateFacts
  private let chain: [NIOSSLCertificate]
  private let key: NIOSSLPrivateKey

  /// - Throws: `CertificateError`.
  package init(_ certificate: ServingCertificate) throws(CertificateError) {
    facts = try CertificateFacts(pem: certificate.chain)
    guard try facts.fits(key: certificate.key) else { throw CertificateError("the key is another certificate's") }
    do {
      chain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.chain.utf8))
      key = try NIOSSLPrivateKey(bytes: certificate.key.bytes, format: .pem)
    } catch {
      throw CertificateError("the certificate or its key can't be used")
    }
  }

  /// - Parameter minimum: the oldest version of TLS to speak.
  package func configuration(minimum: TLSVersion) -> TLSConfiguration {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = minimum
    return configuration
  }

  /// What one handshake is to use instead of what its server began with.
  package var override: NIOSSLContextConfigurationOverride {
    var changes = NIOSSLContextConfigurationOverride()
    changes.certificateChain = chain.map { .certificate($0) }
    changes.privateKey = .privateKey(key)
    return changes
  }
}
