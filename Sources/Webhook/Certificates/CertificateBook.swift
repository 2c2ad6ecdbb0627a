package import Certificates
package import KubernetesClient

/// What the Secret that all replicas share says.
package struct CertificateBook: Sendable, Hashable {
  /// What servers serve with.
  package var current: Generation
  /// What they will serve with once whoever connects trusts its authority.
  package var next: Generation?
  /// Since when `next`'s authority is trusted.
  package var nextTrustedSince: Timestamp?
  /// The authority before this one, as long as some server may still serve with its certificate.
  package var previous: CertificateAuthority?
  /// When `current` took the place of the one before.
  package var promotedAt: Timestamp?
  /// Whether somebody asked for new certificates.
  package var isRenewalWanted: Bool

  package init(
    current: Generation, next: Generation? = nil, nextTrustedSince: Timestamp? = nil,
    previous: CertificateAuthority? = nil, promotedAt: Timestamp? = nil, isRenewalWanted: Bool = false
  ) {
    self.current = current
    self.next = next
    self.nextTrustedSince = nextTrustedSince
    self.previous = previous
    self.promotedAt = promotedAt
    self.isRenewalWanted = isRenewalWanted
  }

  /// The authorities that are to be trusted, in PEM.
  package var bundle: String {
    [current.authority, next?.authority, previous].compactMap { $0?.certificate }
      .map { $0.hasSuffix("\n") ? $0 : $0 + "\n" }.joined()
  }
}
