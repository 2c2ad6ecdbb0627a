import Certificates
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
package import KubernetesClient
import KubernetesRuntime
package import Logging
import NIOSSL
import ServiceLifecycle

/// Keeps a server's certificate: takes the steps of a rotation and serves with what the Secret says. All replicas do the
/// same, and a write that comes second conflicts and is thought over.
package struct CertificateKeeper: Service, CustomStringConvertible {
  /// How often the Secret and the configuration are looked at, less some jitter.
  package static let period = Duration.seconds(15)
  private static let backoff = Backoff(initial: .seconds(1), max: .seconds(30))
  /// More than a whole rotation has.
  private static let maxSteps = 20

  private let store: any CertificateStore
  private let rotation: CertificateRotation
  private let served: ServedIdentity
  private let now: @Sendable () -> Timestamp
  private let logger: Logger

  package init(
    store: any CertificateStore, rotation: CertificateRotation, served: ServedIdentity,
    now: @escaping @Sendable () -> Timestamp = { Timestamp(Date()) }, logger: Logger
  ) {
    self.store = store
    self.rotation = rotation
    self.served = served
    self.now = now
    self.logger = logger
  }

  package var description: String { "certificate keeper" }

  package func run() async throws {
    await cancelWhenGracefulShutdown { await keep() }
  }

  private func keep() async {
    var failures = 0
    while !Task.isCancelled {
      var pause = Self.period * Double.random(in: 0.8...1)
      do {
        _ = try await settle()
        failures = 0
      } catch {
        guard !Task.isCancelled else { return }
        failures += 1
        pause = Self.backoff.delay(attempt: failures)
        logger.warning("the webhook's certificate can't be kept; trying again", metadata: ["error": "\(error)"])
      }
      do {
        try await Task.sleep(for: pause)
      } catch {
        return
      }
    }
  }

  /// Takes steps until there is nothing to do now.
  ///
  /// - Returns: what the Secret says then.
  /// - Throws: what the store threw; another try goes on from there.
  @discardableResult
  package func settle() async throws -> CertificateBook? {
    for _ in 0..<Self.maxSteps {
      try Task.checkCancellation()
      // The configuration first: see `CertificateRotation.step`. Serving doesn't depend on it.
      let configuration = await Self.result { () throws(KubernetesError) in try await store.configuration() }
      let secret = try await store.secret()
      let book = secret.flatMap { CertificateBook($0) }
      if let book { use(book) }
      let found = try configuration.get()
      let step = try rotation.step(book: book, trust: Self.trust(found), now: now())
      guard step != .rest else {
        if found == nil { logger.debug("there is no webhook configuration: nothing is validated") }
        return book
      }
      do throws(KubernetesError) {
        try await take(step, secret: secret, configuration: found)
      } catch {
        // Another replica was first, or somebody changed something: look again.
        guard error.isConflict || error.isAlreadyExists else { throw error }
      }
    }
    return nil
  }

  private func take(
    _ step: CertificateRotation.Step, secret: Secret?, configuration: ValidatingWebhookConfiguration?
  ) async throws(KubernetesError) {
    switch step {
    case .store(let book):
      try await store.write(book, over: secret)
      logger.notice(
        "the webhook's certificates were stored",
        metadata: [
          "certificate.until": "\(book.current.validity.until)",
          "certificate.next": "\(book.next.map { "\($0.validity.until)" } ?? "none")",
        ])
    case .trust(let bundle):
      guard let configuration else { return }
      try await store.trust(bundle, in: configuration)
      logger.notice("the webhook configuration trusts the webhook's authorities")
    case .rest: break
    }
  }

  private func use(_ book: CertificateBook) {
    guard rotation.isUsable(book.current, now()) else { return }
    do {
      let identity = try TLSIdentity(book.current.server)
      guard identity.facts != served.facts else { return }
      served.use(identity)
      logger.notice("serving with a certificate", metadata: ["certificate.until": "\(book.current.validity.until)"])
    } catch {
      logger.error("the stored certificate can't be used", metadata: ["error": "\(error)"])
    }
  }

  private static func trust(_ configuration: ValidatingWebhookConfiguration?) -> CertificateRotation.Trust {
    guard let configuration else { return .nobody }
    return .bundles(
      (configuration.webhooks ?? []).map { webhook in
        let data = webhook.clientConfig.caBundle.flatMap { Data(base64Encoded: $0) } ?? Data()
        return String(decoding: data, as: UTF8.self)
      })
  }

  private static func result<Value>(
    _ body: () async throws(KubernetesError) -> Value
  ) async -> Result<Value, KubernetesError> {
    do throws(KubernetesError) {
      return .success(try await body())
    } catch {
      return .failure(error)
    }
  }
}
