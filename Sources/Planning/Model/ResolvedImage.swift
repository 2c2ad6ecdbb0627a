package import OCI

/// An image after the stages resolve and verify, which is the only thing that may be planned and pulled.
///
/// Images pass through resolve → verify → pull. Today both stages are the identity: the reference is kept, `digest`
/// is set only where the reference has one, and nothing is verified. When tags are resolved to digests or
/// signatures are checked, a front end hands over values made by those stages, and neither the planner's rules nor
/// its keys change: the key stays the reference as written, because that name must be usable on the node.
package struct ResolvedImage: Hashable, Sendable {
  package enum Verification: Hashable, Sendable {
    case notRequired
    case verified
  }

  package let key: ImageKey
  /// The manifest that the reference stands for, `sha256:…`, where that is settled.
  package let digest: String?
  package let verification: Verification

  package init(key: ImageKey, digest: String? = nil, verification: Verification = .notRequired) {
    self.key = key
    self.digest = digest
    self.verification = verification
  }

  /// The identity: resolves and verifies nothing.
  package init(unresolved reference: ImageReference) {
    self.init(key: ImageKey(normalized: reference.normalized), digest: reference.digest.map { "\($0)" })
  }
}
