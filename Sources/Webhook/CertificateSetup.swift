import Certificates
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
import KubernetesClient
import KubernetesRuntime
package import Logging

/// Makes certificates and has them trusted, once: what kube-fledged's webhook server does in its init container.
///
/// With files, what a server needs is written there, for the container that serves with them. Such a server doesn't see
/// later certificates: it must be started anew before they end.
package struct CertificateSetup: Sendable {
  /// For how long it is tried, in all.
  static let patience = Duration.seconds(120)

  /// Why there is no certificate, in words.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  private let keeper: CertificateKeeper
  private let files: WebhookConfiguration.Files?
  private let logger: Logger

  package init(configuration: WebhookConfiguration, store: any CertificateStore, logger: Logger) {
    keeper = CertificateKeeper(
      store: store, rotation: CertificateRotation(names: configuration.names), served: ServedIdentity(),
      logger: logger)
    files = configuration.files
    self.logger = logger
  }

  /// - Throws: where it wasn't done in time.
  package func run() async throws {
    let time = TimeSource(ContinuousClock())
    let backoff = Backoff(initial: .seconds(1), max: .seconds(15))
    let deadline = time.now + Self.patience
    var attempt = 0
    while true {
      do {
        guard let book = try await keeper.settle() else { throw Failure(description: "others change it all the time") }
        if let files { try Self.save(book, to: files) }
        return
      } catch {
        attempt += 1
        let delay = backoff.delay(attempt: attempt)
        guard !Task.isCancelled, time.now + delay < deadline else { throw error }
        logger.warning("no certificate yet; trying again", metadata: ["error": "\(error)"])
        try await time.sleep(for: delay)
      }
    }
  }

  private static func save(_ book: CertificateBook, to files: WebhookConfiguration.Files) throws {
    try replace(files.certificate, with: Array(book.current.server.chain.utf8), mode: 0o644)
    try replace(files.key, with: book.current.server.key.bytes, mode: 0o600)
  }

  /// Writes beside the file first, so that nobody ever reads half of it.
  private static func replace(_ path: String, with bytes: [UInt8], mode: mode_t) throws {
    func failure() -> Failure { Failure(description: "\(path) can't be written: \(String(cString: strerror(errno)))") }
    let beside = path + ".new"
    unlink(beside)
    let file = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard file >= 0 else { throw failure() }
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      guard written > 0 else {
        let failure = failure()
        close(file)
        throw failure
      }
      rest = rest.dropFirst(written)
    }
    guard close(file) == 0, rename(beside, path) == 0 else { throw failure() }
  }
}
