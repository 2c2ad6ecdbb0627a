package import KubernetesClient
import Observability
import SwiftletAPI

/// Where the controller's leader hands out credentials, and which certificate it shows there.
package struct ExchangePlace: Sendable, Hashable {
  /// Host and port, as in a URL.
  package let address: String
  /// The only certificate to be trusted, in PEM.
  package let certificate: String

  /// Reads the annotations of the leader's lease; nil where they say nothing.
  package init?(_ lease: Lease) {
    guard let annotations = lease.metadata.annotations,
      let text = annotations[CredentialExchange.addressAnnotation],
      let address = ListenAddress(text), address.host != nil, address.port > 0,
      let certificate = annotations[CredentialExchange.certificateAnnotation]
    else { return nil }
    self.address = address.description
    self.certificate = certificate
  }

  package var url: String { "https://\(address)\(CredentialExchange.path)" }
}
