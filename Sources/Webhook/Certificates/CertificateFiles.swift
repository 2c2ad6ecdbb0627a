import Certificates
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import KubernetesClient
package import Logging
import NIOSSL
import ServiceLifecycle

/// Serves with a certificate from files that somebody else keeps, such as cert-manager in a mounted Secret.
package struct CertificateFiles: Service, CustomStringConvertible {
  /// How often the files are read.
  package static let period = Duration.seconds(10)

  private let certificate: String
  private let key: String
  private let served: ServedIdentity
  private let period: Duration
  private let logger: Logger

  /// - Parameters:
  ///   - certificate: the path of the certificate, with those between it and its authority after it, in PEM.
  ///   - key: the path of its key, in PEM.
  package init(
    certificate: String, key: String, served: ServedIdentity, period: Duration = Self.period, logger: Logger
  ) {
    self.certificate = certificate
    self.key = key
    self.served = served
    self.period = period
    self.logger = logger
  }

  package var description: String { "certificate files" }

  package func run() async throws {
    try await cancelWhenGracefulShutdown {
      var used: ServingCertificate?
      var complaint: CertificateError?
      while !Task.isCancelled {
        do {
          let found = try read()
          if found != used {
            let identity = try TLSIdentity(found)
            served.use(identity)
            used = found
            logger.notice(
              "serving with a certificate", metadata: ["certificate.until": "\(identity.facts.validity.until)"])
          }
          complaint = nil
        } catch let error as CertificateError {
          // Files that are just being replaced don't fit each other for a moment: what was read before holds.
          if error != complaint {
            logger.warning("the certificate's files can't be used yet", metadata: ["error": "\(error)"])
          }
          complaint = error
        }
        do {
          try await Task.sleep(for: period)
        } catch {
          return
        }
      }
    }
  }

  private func read() throws(CertificateError) -> ServingCertificate {
    let texts = [certificate, key].map { FileManager.default.contents(atPath: $0) }
    guard let chain = texts[0] else { throw CertificateError("\(certificate) can't be read") }
    guard let key = texts[1] else { throw CertificateError("\(self.key) can't be read") }
    return ServingCertificate(chain: String(decoding: chain, as: UTF8.self), key: SecretData(bytes: Array(key)))
  }
}
