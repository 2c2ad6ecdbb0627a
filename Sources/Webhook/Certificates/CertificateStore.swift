package import KubernetesClient

/// Where certificates are kept, and where it is said whom to trust. Every write fails with `isConflict` where what it
/// follows from has changed.
package protocol CertificateStore: Sendable {
  /// The configuration, or nil where there is none.
  func configuration() async throws(KubernetesError) -> ValidatingWebhookConfiguration?
  /// The Secret, or nil where there is none.
  func secret() async throws(KubernetesError) -> Secret?
  /// - Parameter secret: as it was read; nil where there was none.
  func write(_ book: CertificateBook, over secret: Secret?) async throws(KubernetesError)
  /// - Parameters:
  ///   - bundle: in PEM.
  ///   - configuration: as it was read.
  func trust(_ bundle: String, in configuration: ValidatingWebhookConfiguration) async throws(KubernetesError)
}
