package import Certificates
import KubernetesClient
import KubernetesRuntime
package import NIOSSL
import NIOCore
import Synchronization

/// The certificate that connections from now on get. Connections that are there keep theirs.
package final class ServedIdentity: Sendable {
  private let identity = Mutex<TLSIdentity?>(nil)
  private let first = Latch()

  package init() {}

  /// Nil until there is one.
  package var facts: CertificateFacts? { identity.withLock { $0?.facts } }

  package func use(_ new: TLSIdentity) {
    identity.withLock { $0 = new }
    first.open()
  }

  /// A server's configuration that asks here on each handshake; nil when the task was cancelled before there was a
  /// certificate.
  package func configuration() async -> TLSConfiguration? {
    guard await first.wait(), let start = identity.withLock({ $0 }) else { return nil }
    // kube-apiservers speak 1.3; what is between them and here may not.
    var configuration = start.configuration(minimum: .tlsv12)
    configuration.sslContextCallback = { [self] _, promise in
      promise.succeed(identity.withLock { $0 }?.override ?? .noChanges)
    }
    return configuration
  }
}
