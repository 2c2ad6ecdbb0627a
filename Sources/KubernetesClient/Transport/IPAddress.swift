#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An address of the Internet Protocol, version 4 or 6. An IPv4 address that is written as IPv6 is the same.
struct IPAddress: Hashable {
  /// 16 of them, most significant first.
  let bytes: [UInt8]

  private static let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]

  /// - Returns: nil where the text is no address.
  init?(_ text: some StringProtocol) {
    let text = String(text)
    var short = [UInt8](repeating: 0, count: 4)
    var long = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, text, &short) == 1 {
      bytes = Self.mappedPrefix + short
    } else if inet_pton(AF_INET6, text, &long) == 1 {
      bytes = long
    } else {
      return nil
    }
  }

  var isVersion4: Bool { bytes.starts(with: Self.mappedPrefix) }

  /// Whether it is this machine's own.
  var isLoopback: Bool { isVersion4 ? bytes[12] == 127 : bytes == [UInt8](repeating: 0, count: 15) + [1] }

  /// Whether it begins with the same `bits` bits as `network`.
  func hasPrefix(_ network: IPAddress, bits: Int) -> Bool {
    let whole = bits / 8
    guard bytes.prefix(whole) == network.bytes.prefix(whole) else { return false }
    let rest = bits % 8
    return rest == 0 || (bytes[whole] ^ network.bytes[whole]) >> (8 - rest) == 0
  }
}
