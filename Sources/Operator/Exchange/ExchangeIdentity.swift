import Crypto
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
package import KubernetesClient
package import NIOSSL
import SwiftASN1
import SwiftletAPI
import X509

/// A key and a certificate that the exchange makes for itself. The key is in this process' memory and nowhere else.
package struct ExchangeIdentity: Sendable {
  /// For how long the certificate holds. It is replaced at half of that.
  static let lifetime = Duration.seconds(30 * 24 * 3600)
  /// What clocks of nodes may be behind.
  static let clockMargin = Duration.seconds(3600)

  struct NoAddress: Error, CustomStringConvertible {
    let text: String
    var description: String { "\"\(text)\" is no IP address" }
  }

  /// What agents trust, in PEM.
  package let certificatePEM: String
  private let certificate: NIOSSLCertificate
  private let key: NIOSSLPrivateKey

  /// - Parameters:
  ///   - address: the IP address at which agents reach the exchange.
  ///   - now: the time of day.
  package init(address: String, now: Timestamp) throws {
    let signing = P256.Signing.PrivateKey()
    let issuer = try DistinguishedName { CommonName(CredentialExchange.serverName) }
    let names: [GeneralName] = [
      .ipAddress(ASN1OctetString(contentBytes: try Self.bytes(of: address)[...])),
      .dnsName(CredentialExchange.serverName),
    ]
    // No key usage: as its own issuer it would have to be allowed to sign certificates.
    let made = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(signing.publicKey),
      notValidBefore: Self.date(now, plus: .zero - Self.clockMargin),
      notValidAfter: Self.date(now, plus: Self.lifetime),
      issuer: issuer, subject: issuer,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        try ExtendedKeyUsage([.serverAuth])
        SubjectAlternativeNames(names)
      },
      issuerPrivateKey: Certificate.PrivateKey(signing))
    var serializer = DER.Serializer()
    try made.serialize(into: &serializer)
    certificatePEM = PEMDocument(type: "CERTIFICATE", derBytes: serializer.serializedBytes).pemString
    certificate = try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der)
    key = try NIOSSLPrivateKey(bytes: Array(signing.derRepresentation), format: .der)
  }

  package var tls: TLSConfiguration {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: [.certificate(certificate)], privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv13
    return configuration
  }

  private static func date(_ time: Timestamp, plus duration: Duration) -> Date {
    let seconds = time.microseconds / 1_000_000 + duration.components.seconds
    return Date(timeIntervalSince1970: Double(seconds))
  }

  private static func bytes(of address: String) throws -> [UInt8] {
    for (family, length) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: length)
      if inet_pton(family, address, &bytes) == 1 { return bytes }
    }
    throw NoAddress(text: address)
  }
}
