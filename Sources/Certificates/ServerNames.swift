#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import SwiftASN1
import X509

/// Whom a certificate is for.
package struct ServerNames: Sendable, Hashable {
  /// The subject's common name, for people to read.
  package var commonName: String
  package var dnsNames: [String]
  /// IP addresses.
  package var addresses: [String]

  package init(commonName: String, dnsNames: [String], addresses: [String] = []) {
    self.commonName = commonName
    self.dnsNames = dnsNames
    self.addresses = addresses
  }

  var subject: DistinguishedName {
    get throws { try DistinguishedName { CommonName(commonName) } }
  }

  /// - Throws: `CertificateError` where an address is none.
  var alternatives: SubjectAlternativeNames {
    get throws {
      let names: [GeneralName] = try addresses.map {
        .ipAddress(ASN1OctetString(contentBytes: try Self.bytes(of: $0)[...]))
      }
      return SubjectAlternativeNames(names + dnsNames.map { .dnsName($0) })
    }
  }

  private static func bytes(of address: String) throws(CertificateError) -> [UInt8] {
    for (family, length) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: length)
      if inet_pton(family, address, &bytes) == 1 { return bytes }
    }
    throw CertificateError("\"\(address)\" is no IP address")
  }
}
