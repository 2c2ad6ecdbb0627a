import Certificates
import Foundation
import KubernetesClient
import Testing

struct CertificateTests {
  private static let now = Timestamp(microseconds: 1_790_000_000_000_000)
  private static let names = ServerNames(
    commonName: "web.system.svc", dnsNames: ["web.system.svc", "web.system"], addresses: ["10.1.2.3", "fd00::1"])
  private static let validity = Validity(now: now, lifetime: .seconds(86_400))

  @Test func anAuthorityVouchesForItsServerOnly() throws {
    let made = try CertificateAuthority.issue(for: Self.names, validity: Self.validity)
    let other = try CertificateAuthority.issue(for: Self.names, validity: Self.validity)
    let authority = try CertificateFacts(pem: made.authority.certificate)
    let server = try CertificateFacts(pem: made.server.chain)
    #expect(authority.signed(server) && authority.signed(authority))
    #expect(try !CertificateFacts(pem: other.authority.certificate).signed(server))
    #expect(server.dnsNames == Self.names.dnsNames && server.validity == Self.validity)
    #expect(server.validity.contains(Self.now) && !server.validity.contains(Self.now + .seconds(86_400)))
    #expect(try server.fits(key: made.server.key))
    #expect(try !server.fits(key: other.server.key))
    #expect(made.authority != other.authority && made.server.key != other.server.key)
  }

  @Test func aKeyOfAnotherCertificateIsNoIdentity() throws {
    let first = try ServingCertificate.selfIssued(for: Self.names, validity: Self.validity)
    let second = try ServingCertificate.selfIssued(for: Self.names, validity: Self.validity)
    _ = try TLSIdentity(first)
    #expect(throws: CertificateError.self) {
      try TLSIdentity(ServingCertificate(chain: first.chain, key: second.key))
    }
  }

  @Test(arguments: ["", "no", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
  func otherTextIsNoCertificate(text: String) throws {
    #expect(throws: CertificateError.self) { try CertificateFacts(pem: text) }
    let made = try ServingCertificate.selfIssued(for: Self.names, validity: Self.validity)
    #expect(throws: CertificateError.self) { try CertificateFacts(pem: made.chain).fits(key: SecretData(text)) }
  }

  @Test(arguments: ["", "host", "10.1.2", "fd00::g"]) func otherTextIsNoAddress(text: String) {
    var names = Self.names
    names.addresses = [text]
    #expect(throws: CertificateError.self) { try ServingCertificate.selfIssued(for: names, validity: Self.validity) }
  }

  @Test func keysShowNowhere() throws {
    let made = try ServingCertificate.selfIssued(for: Self.names, validity: Self.validity)
    let key = try #require(made.key.text)
    let secret = try #require(key.split(separator: "\n").dropFirst().first)
    for text in ["\(made)", String(reflecting: made), "\(try TLSIdentity(made))"] { #expect(!text.contains(secret)) }
  }
}
