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
import Observability
import SwiftletAPI

/// The HTTPS server at which agents ask for credentials. Tells nobody what it was asked and what it answered.
package struct ExchangeServer: Sendable {
  package struct Limits: Sendable {
    /// Connections that are served at once; more wait in the kernel's queue.
    package var connections = 256
    /// Requests that are worked on at once; more are sent away for a moment.
    package var requests = 64
    /// From the first byte of a request to its answer.
    package var deadline = Duration.seconds(10)
    /// A connection on which nothing happens for so long is closed.
    package var idle = Duration.seconds(15)

    package init() {}
  }

  private let desk: CredentialDesk
  private let limits: Limits
  private let logger: Logger
  private let time = TimeSource(ContinuousClock())
  private let places: RequestPlaces

  package init(desk: CredentialDesk, limits: Limits = Limits(), logger: Logger) {
    self.desk = desk
    self.limits = limits
    places = RequestPlaces(limit: limits.requests)
    // Of single connections only what is worth a warning.
    var logger = logger
    logger.logLevel = max(logger.logLevel, .warning)
    self.logger = logger
  }

  /// Serves until the task is cancelled.
  ///
  /// - Parameter onListening: called with the actual port once connections are accepted.
  /// - Throws: where the address can't be bound.
  package func run(
    at address: ExchangeAddress, as identity: ExchangeIdentity, onListening: @escaping @Sendable (Int) -> Void
  ) async throws {
    let router = Router()
    router.post(RouterPath(CredentialExchange.path)) { request, _ in await respond(to: request) }
    let idle = TimeAmount.seconds(limits.idle.components.seconds)
    let application = Application(
      router: router,
      server: try .tls(.http1(configuration: .init(idleTimeout: idle)), tlsConfiguration: identity.tls),
      configuration: ApplicationConfiguration(
        address: .hostname(address.host, port: address.port),
        availableConnectionsDelegate: MaximumAvailableConnections(limits.connections, logger: logger)),
      onServerRunning: { channel in onListening(channel.localAddress?.port ?? address.port) },
      logger: logger)
    try await application.run()
  }

  private func respond(to request: Request) async -> Response {
    do throws(ExchangeRefusal) {
      let answer = try await answer(to: request)
      ExchangeMetrics.count(.answered)
      return Self.response(.ok, answer)
    } catch {
      ExchangeMetrics.count(ExchangeMetrics.Result(error))
      return Self.refusal(error)
    }
  }

  private func answer(to request: Request) async throws(ExchangeRefusal) -> ByteBuffer {
    guard places.enter() else { throw .tooMany(retryAfter: .seconds(1)) }
    defer { places.leave() }
    let result: Result<ByteBuffer, ExchangeRefusal>?
    do {
      result = try await withDeadline(time.now + limits.deadline, time: time) { await work(on: request) }
    } catch {
      throw .unavailable
    }
    guard let result else { throw .unavailable }
    return try result.get()
  }

  private func work(on request: Request) async -> Result<ByteBuffer, ExchangeRefusal> {
    guard let token = AgentToken(authorization: request.headers[.authorization]) else {
      return .failure(.unauthenticated)
    }
    let question: CredentialRequest
    do {
      let body = try await request.body.collect(upTo: CredentialExchange.maxRequestBytes)
      question = try JSONDecoder().decode(CredentialRequest.self, from: Data(body.readableBytesView))
    } catch {
      return .failure(.malformed)
    }
    do throws(ExchangeRefusal) {
      let answer = try await desk.answer(question, from: token)
      let data = Result { try JSONEncoder().encode(answer) }
      guard case .success(let data) = data else { return .failure(.unavailable) }
      return .success(ByteBuffer(bytes: data))
    } catch {
      return .failure(error)
    }
  }

  private static func refusal(_ refusal: ExchangeRefusal) -> Response {
    switch refusal {
    case .malformed: return response(.badRequest)
    case .unauthenticated: return response(.unauthorized)
    case .unknownPod: return response(.forbidden)
    case .unavailable: return response(.serviceUnavailable)
    case .tooMany(let pause):
      var response = response(.tooManyRequests)
      response.headers[.retryAfter] = "\(max(1, pause.components.seconds))"
      return response
    }
  }

  private static func response(_ status: HTTPResponse.Status, _ body: ByteBuffer = ByteBuffer()) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: body))
  }
}
