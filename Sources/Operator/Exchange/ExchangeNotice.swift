import SwiftletAPI
import Synchronization

/// Where the exchange is, for the annotations of the leader's lease.
package final class ExchangeNotice: Sendable {
  private let current = Mutex<(address: String, certificate: String)?>(nil)

  package init() {}

  package func publish(address: String, certificate: String) {
    current.withLock { $0 = (address, certificate) }
  }

  package func withdraw() {
    current.withLock { $0 = nil }
  }

  /// While there is no exchange, what an earlier leader left is taken away.
  package var annotations: [String: String?] {
    let current = current.withLock { $0 }
    return [
      CredentialExchange.addressAnnotation: current?.address,
      CredentialExchange.certificateAnnotation: current?.certificate,
    ]
  }
}
