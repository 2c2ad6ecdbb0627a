import Certificates
package import KubernetesClient
package import NIOSSL
import SwiftletAPI

/// A key and a certificate that the exchange makes for itself. The key is in this process' memory and nowhere else.
package struct ExchangeIdentity: Sendable {
  /// For how long the certificate holds. It is replaced at half of that.
  static let lifetime = Duration.seconds(30 * 24 * 3600)

  /// What agents trust, in PEM.
  package let certificatePEM: String
  private let identity: TLSIdentity

  /// - Parameters:
  ///   - address: the IP address at which agents reach the exchange.
  ///   - now: the time of day.
  package init(address: String, now: Timestamp) throws {
    let names = ServerNames(
      commonName: CredentialExchange.serverName, dnsNames: [CredentialExchange.serverName], addresses: [address])
    let made = try ServingCertificate.selfIssued(for: names, validity: Validity(now: now, lifetime: Self.lifetime))
    certificatePEM = made.chain
    identity = try TLSIdentity(made)
  }

  package var tls: TLSConfiguration { identity.configuration(minimum: .tlsv13) }
}
