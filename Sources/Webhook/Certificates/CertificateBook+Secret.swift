import Certificates
package import KubernetesClient

/// Names in the Secret.
package enum CertificateSecret {
  package static let certificate = "tls.crt"
  package static let key = "tls.key"
  package static let authority = "ca.crt"
  package static let nextCertificate = "next.crt"
  package static let nextKey = "next.key"
  package static let nextAuthority = "next-ca.crt"
  package static let previousAuthority = "previous-ca.crt"

  package static let nextTrustedSince = "swiftlet.dev/next-trusted-since"
  package static let promotedAt = "swiftlet.dev/promoted-at"
  /// Its presence asks for new certificates.
  package static let renew = "swiftlet.dev/renew"
}

extension CertificateBook {
  /// Nil where the Secret holds nothing to serve with. A next generation that can't be used counts as none.
  package init?(_ secret: Secret) {
    func generation(_ authority: String, _ certificate: String, _ key: String) -> Generation? {
      guard let authority = secret.data?[authority]?.text, let chain = secret.data?[certificate]?.text,
        let key = secret.data?[key]
      else { return nil }
      do {
        return try Generation(
          authority: CertificateAuthority(certificate: authority), server: ServingCertificate(chain: chain, key: key))
      } catch {
        return nil
      }
    }
    let names = CertificateSecret.self
    guard let current = generation(names.authority, names.certificate, names.key) else { return nil }
    let next = generation(names.nextAuthority, names.nextCertificate, names.nextKey)
    let previous = secret.data?[names.previousAuthority]?.text
    let annotations = secret.metadata.annotations ?? [:]
    self.init(
      current: current, next: next,
      nextTrustedSince: next == nil ? nil : annotations[names.nextTrustedSince].flatMap { Timestamp($0) },
      previous: previous.map { CertificateAuthority(certificate: $0) },
      promotedAt: annotations[names.promotedAt].flatMap { Timestamp($0) },
      isRenewalWanted: annotations[names.renew] != nil)
  }

  /// The Secret's data, where nil says that there is to be none.
  package var data: [String: SecretData?] {
    [
      CertificateSecret.authority: SecretData(current.authority.certificate),
      CertificateSecret.certificate: SecretData(current.server.chain),
      CertificateSecret.key: current.server.key,
      CertificateSecret.nextAuthority: next.map { SecretData($0.authority.certificate) },
      CertificateSecret.nextCertificate: next.map { SecretData($0.server.chain) },
      CertificateSecret.nextKey: next?.server.key,
      CertificateSecret.previousAuthority: previous.map { SecretData($0.certificate) },
    ]
  }

  /// The Secret's annotations, where nil says that there is to be none.
  package var annotations: [String: String?] {
    var annotations: [String: String?] = [
      CertificateSecret.nextTrustedSince: nextTrustedSince?.description,
      CertificateSecret.promotedAt: promotedAt?.description,
    ]
    // Who asked set it; only that it is done is said here.
    if !isRenewalWanted { annotations[CertificateSecret.renew] = .some(nil) }
    return annotations
  }
}
