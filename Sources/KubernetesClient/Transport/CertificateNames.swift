import NIOSSL

/// The names that a certificate is for.
struct CertificateNames {
  /// DNS names, in lower case.
  var names: [String]
  /// Whether there is any alternative name at all; without one the certificate's common name counts, which the handshake
  /// has looked at.
  var hasAny: Bool

  init(_ certificate: NIOSSLCertificate) {
    let alternatives = certificate._subjectAlternativeNames()
    names = alternatives.compactMap { name in
      name.nameType == .dnsName ? String(decoding: name.contents, as: UTF8.self).lowercased() : nil
    }
    hasAny = !alternatives.isEmpty
  }

  /// Whether it is one for `name`: the same, or with a `*` for the first label (RFC 6125).
  func accept(_ name: String) -> Bool {
    guard hasAny else { return true }
    let name = name.lowercased()
    let rest = name.drop { $0 != "." }
    return names.contains { $0 == name || (!rest.isEmpty && $0 == "*\(rest)") }
  }
}
