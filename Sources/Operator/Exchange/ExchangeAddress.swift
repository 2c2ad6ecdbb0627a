/// Where agents reach the exchange of this process.
package struct ExchangeAddress: Sendable, Hashable, CustomStringConvertible {
  /// An IP address of this process' own.
  package var host: String
  /// 0 lets the system choose.
  package var port: Int

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
