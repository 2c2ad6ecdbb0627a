#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import KubernetesRuntime
package import Logging
import NIOCore
package import Observability
import ServiceLifecycle
import SwiftletAPI

/// The HTTPS server that API servers ask. Nothing that is asked or answered is logged: objects are their writers' business.
package struct WebhookServer: Service, CustomStringConvertible {
  package struct Limits: Sendable {
    /// Connections that are served at once; more wait in the kernel's queue.
    package var connections = 128
    /// Bytes of reviews that are worked on at once; more are sent away, and the API server goes on without.
    package var bytes = 3 * AdmissionReview.maxBytes
    /// What a review counts at least.
    package var leastBytes = 64 << 10
    /// From the first byte of a request to its answer. API servers wait for five seconds.
    package var deadline = Duration.seconds(5)
    /// A connection on which nothing happens for so long is closed. API servers keep theirs for 90 seconds.
    package var idle = Duration.seconds(120)

    package init() {}
  }

  /// The paths of reviews: Swiftlet's and kube-fledged's.
  package static let paths = ["validate", "validate-image-cache"]

  private let address: ListenAddress
  private let served: ServedIdentity
  private let limits: Limits
  private let logger: Logger
  private let onListening: @Sendable (Int) -> Void
  private let places: RequestPlaces
  private let time = TimeSource(ContinuousClock())

  /// - Parameter onListening: called with the actual port once connections are accepted.
  package init(
    address: ListenAddress, served: ServedIdentity, limits: Limits = Limits(), logger: Logger,
    onListening: @escaping @Sendable (Int) -> Void = { _ in }
  ) {
    self.address = address
    self.served = served
    self.limits = limits
    self.logger = logger
    self.onListening = onListening
    places = RequestPlaces(limit: limits.bytes)
  }

  package var description: String { "webhook server at \(address)" }

  /// Serves from the first certificate on, until graceful shutdown.
  ///
  /// - Throws: where the address can't be bound.
  package func run() async throws {
    guard let tls = await cancelWhenGracefulShutdown({ await served.configuration() }) else { return }
    // Of single connections only what is worth a warning.
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .warning)
    let (logger, onListening) = (logger, onListening)
    let router = Router(options: .autoGenerateHeadEndpoints)
    for path in Self.paths {
      router.post(RouterPath(path)) { request, _ in await respond(to: request) }
    }
    router.get("readyz") { _, _ in Self.response(.ok, ByteBuffer(string: "ok\n"), type: "text/plain; charset=utf-8") }
    let application = Application(
      router: router,
      server: try .tls(
        .http1(configuration: .init(idleTimeout: .seconds(limits.idle.components.seconds))), tlsConfiguration: tls),
      configuration: ApplicationConfiguration(
        address: .hostname(address.bindHost, port: address.port),
        availableConnectionsDelegate: MaximumAvailableConnections(limits.connections, logger: quiet)),
      onServerRunning: { channel in
        let port = channel.localAddress?.port ?? 0
        logger.info("reviewing what is written", metadata: ["server.port": "\(port)"])
        onListening(port)
      },
      logger: quiet)
    try await application.run()
  }

  private func respond(to request: Request) async -> Response {
    let size = request.headers[.contentLength].flatMap { Int($0) } ?? AdmissionReview.maxBytes
    guard size <= AdmissionReview.maxBytes else { return Self.tooLarge() }
    let weight = max(size, limits.leastBytes)
    guard places.enter(weight) else {
      WebhookMetrics.count(.busy)
      return Self.refusal(.serviceUnavailable, "too many reviews at once")
    }
    defer { places.leave(weight) }
    do {
      let response = try await withDeadline(time.now + limits.deadline, time: time) { await review(request) }
      if let response { return response }
    } catch {
      logger.debug("a review was cut short", metadata: ["error": "\(error)"])
    }
    WebhookMetrics.count(.busy)
    return Self.refusal(.serviceUnavailable, "it took too long")
  }

  private func review(_ request: Request) async -> Response {
    let body: ByteBuffer
    do {
      body = try await request.body.collect(upTo: AdmissionReview.maxBytes)
    } catch {
      return Self.tooLarge()
    }
    do {
      let review = try AdmissionReview(body: Data(body.readableBytesView))
      let verdict = try review.verdict()
      let answer = try review.answer(verdict)
      WebhookMetrics.count(verdict.isAllowed ? (verdict.warnings.isEmpty ? .allowed : .warned) : .refused)
      return Self.response(.ok, ByteBuffer(bytes: answer), type: "application/json")
    } catch let error as AdmissionReview.Malformed {
      WebhookMetrics.count(.malformed)
      return Self.refusal(.badRequest, error.description)
    } catch {
      WebhookMetrics.count(.malformed)
      return Self.refusal(.internalServerError, "the answer can't be written")
    }
  }

  private static func tooLarge() -> Response {
    WebhookMetrics.count(.tooLarge)
    return refusal(.contentTooLarge, "no more than \(AdmissionReview.maxBytes) bytes are read")
  }

  private static func refusal(_ status: HTTPResponse.Status, _ words: String) -> Response {
    response(status, ByteBuffer(string: words + "\n"), type: "text/plain; charset=utf-8")
  }

  private static func response(_ status: HTTPResponse.Status, _ body: ByteBuffer, type: String) -> Response {
    Response(
      status: status, headers: [.contentType: type, .cacheControl: "no-store"], body: ResponseBody(byteBuffer: body))
  }
}
