import AsyncHTTPClient
#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOSSL
import SwiftletAPI

/// Carries one request to the exchange.
package protocol ExchangeTransport: Sendable {
  /// - Returns: the body of the answer 200.
  func post(_ body: Data, to place: ExchangePlace, token: String) async throws(ExchangeFailure) -> Data
}

/// The real one: TLS that trusts one certificate, on a connection of its own, so that nothing is held while no image
/// needs credentials.
package struct HTTPSExchangeTransport: ExchangeTransport {
  static let connectTimeout = TimeAmount.seconds(3)
  static let timeout = TimeAmount.seconds(12)

  package init() {}

  package func post(_ body: Data, to place: ExchangePlace, token: String) async throws(ExchangeFailure) -> Data {
    var tls = TLSConfiguration.makeClientConfiguration()
    do {
      tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(place.certificate.utf8)))
    } catch {
      throw ExchangeFailure("the certificate on the leader's lease can't be read")
    }
    tls.minimumTLSVersion = .tlsv13
    var configuration = HTTPClient.Configuration(
      tlsConfiguration: tls, redirectConfiguration: .disallow, timeout: .init(connect: Self.connectTimeout))
    configuration.httpVersion = .http1Only
    configuration.connectionPool.retryConnectionEstablishment = false
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let result = await Self.post(body, to: place, token: token, by: client)
    do {
      try await client.shutdown()
    } catch {
      // The answer is there, or it isn't; a connection that can't be closed cleanly changes nothing about it.
    }
    return try result.get()
  }

  private static func post(
    _ body: Data, to place: ExchangePlace, token: String, by client: HTTPClient
  ) async -> Result<Data, ExchangeFailure> {
    var request = HTTPClientRequest(url: place.url)
    request.method = .POST
    request.headers = ["Authorization": "Bearer \(token)", "Content-Type": "application/json"]
    request.body = .bytes(ByteBuffer(bytes: body))
    do {
      let response = try await client.execute(request, timeout: timeout)
      guard response.status == .ok else {
        let pause = response.headers.first(name: "Retry-After").flatMap { UInt16($0) }
        return .failure(
          ExchangeFailure(status: Int(response.status.code), retryAfter: pause.map { .seconds(Int64($0)) }))
      }
      let answer = try await response.body.collect(upTo: CredentialExchange.maxAnswerBytes)
      return .success(Data(answer.readableBytesView))
    } catch {
      return .failure(ExchangeFailure("the controller can't be reached at \(place.address): \(error)"))
    }
  }
}
