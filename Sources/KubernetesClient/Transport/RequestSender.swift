import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Sends requests with credentials, deadlines and retries.
final class RequestSender: Sendable {
  let transport: Transport
  private let options: ClientOptions
  private let environment: ClientEnvironment
  private let credentials: CredentialStore
  private let limiter: RequestLimiter
  private let policy: RetryPolicy
  private let logger: Logger

  /// - Throws: `ConfigurationError`.
  init(
    configuration: ClientConfiguration, options: ClientOptions, logger: Logger, environment: ClientEnvironment
  ) throws {
    self.options = options
    self.environment = environment
    self.logger = logger
    transport = try Transport(
      configuration: configuration, options: options, logger: logger, environment: environment)
    credentials = try CredentialStore(configuration: configuration, environment: environment)
    limiter = RequestLimiter(limit: options.maxRequestsInFlight)
    policy = RetryPolicy(options: options.retry)
  }

  func shutdown() async {
    await transport.shutdown()
  }

  /// Sends an ordinary request and returns the body of its answer.
  func send(_ request: APIRequest) async throws(KubernetesError) -> Data {
    try await retrying(request) { credential throws(KubernetesError) in
      try await self.limited(request) { () throws(KubernetesError) in
        let (exchange, generation) = try self.start(request, credential)
        return try await self.collect(request, exchange, generation)
      }
    }
  }

  /// Sends an ordinary request and decodes its answer.
  func send<T: Decodable>(_ request: APIRequest, decoding type: T.Type) async throws(KubernetesError) -> T {
    let data = try await send(request)
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch {
      throw KubernetesError(
        cause: .decoding, message: "the answer can't be decoded: \(DecodingProblem.describe(error))",
        operation: request.operation, isAmbiguous: request.isWrite)
    }
  }

  /// Opens a watch.
  func open(
    _ request: APIRequest, timeout: Duration, expectsBookmarks: Bool
  ) async throws(KubernetesError) -> WatchSource {
    try await retrying(request) { credential throws(KubernetesError) in
      let (exchange, generation) = try self.start(request, credential)
      let deadline = self.environment.instant() + self.options.requestTimeout
      let head: HTTPResponseHead
      do {
        head = try await exchange.head(within: self.options.requestTimeout)
      } catch {
        throw self.failure(error, request, exchange, generation)
      }
      guard head.status == .ok else {
        throw try await self.refusal(head, request, exchange, generation, deadline: deadline)
      }
      // The server ends the watch at `timeout`; without bookmarks nothing else limits silence.
      let longest = timeout + .seconds(30)
      return WatchSource(
        exchange: exchange, generation: generation, sender: self, operation: request.operation,
        idleLimit: expectsBookmarks ? min(self.options.idleTimeout, longest) : longest,
        maxEventBytes: self.options.maxEventBytes, isMultiplexed: head.version.major >= 2)
    }
  }

  /// Whether the server answers anything at all on these connections.
  func isAlive(_ generation: ConnectionGeneration) async -> Bool {
    let request = APIRequest(.get, path: "/version", operation: "probe the connection")
    do {
      let exchange = generation.start(try transport.request(request, authorization: nil))
      _ = try await exchange.head(within: min(options.requestTimeout, .seconds(10)))
      return true
    } catch {
      return false
    }
  }

  // MARK: Attempts

  private func retrying<T: Sendable>(
    _ request: APIRequest, _ attempt: (Credential) async throws(KubernetesError) -> T
  ) async throws(KubernetesError) -> T {
    var attempts = 0
    var hasRefreshed = false
    while true {
      let credential = try await credential(request)
      do {
        return try await attempt(credential)
      } catch {
        if error.isUnauthorized, !hasRefreshed {
          hasRefreshed = true
          if try await refresh(credential, request) { continue }
        }
        attempts += 1
        let random = Double.random(in: 0..<1)
        guard
          let wait = policy.delay(after: error, attempt: attempts, isWrite: request.isWrite, random: random)
        else { throw error }
        logger.debug(
          "request is tried again",
          metadata: [
            "operation": "\(request.operation)", "attempt": "\(attempts)", "wait": "\(wait)",
            "error": "\(error.message)",
          ])
        do {
          try await environment.sleep(wait)
        } catch {
          throw KubernetesError(cause: .cancelled, message: "cancelled", operation: request.operation)
        }
      }
    }
  }

  private func limited<T: Sendable>(
    _ request: APIRequest, _ body: () async throws(KubernetesError) -> T
  ) async throws(KubernetesError) -> T {
    do {
      try await limiter.acquire(within: options.requestTimeout)
    } catch {
      throw self.error(error, exchange: nil, operation: request.operation, isWrite: false)
    }
    defer { limiter.release() }
    return try await body()
  }

  private func credential(_ request: APIRequest) async throws(KubernetesError) -> Credential {
    do {
      return try await credentials.current()
    } catch {
      throw self.error(error, exchange: nil, operation: request.operation, isWrite: false)
    }
  }

  private func refresh(_ rejected: Credential, _ request: APIRequest) async throws(KubernetesError) -> Bool {
    do {
      return try await credentials.refresh(rejected)
    } catch {
      throw self.error(error, exchange: nil, operation: request.operation, isWrite: false)
    }
  }

  private func start(
    _ request: APIRequest, _ credential: Credential
  ) throws(KubernetesError) -> (HTTPExchange, ConnectionGeneration) {
    do {
      let generation = try transport.generation(for: credential.material)
      let message = try transport.request(request, authorization: credential.authorization?.text)
      return (generation.start(message), generation)
    } catch {
      throw self.error(error, exchange: nil, operation: request.operation, isWrite: false)
    }
  }

  private func collect(
    _ request: APIRequest, _ exchange: HTTPExchange, _ generation: ConnectionGeneration
  ) async throws(KubernetesError) -> Data {
    let deadline = environment.instant() + options.requestTimeout
    let head: HTTPResponseHead
    do {
      head = try await exchange.head(within: options.requestTimeout)
    } catch {
      throw failure(error, request, exchange, generation)
    }
    guard (200..<300).contains(head.status.code) else {
      throw try await refusal(head, request, exchange, generation, deadline: deadline)
    }
    return try await body(
      request, exchange, generation, deadline: deadline, maxBytes: options.maxResponseBytes)
  }

  /// The rest of an answer.
  private func body(
    _ request: APIRequest, _ exchange: HTTPExchange, _ generation: ConnectionGeneration,
    deadline: ContinuousClock.Instant, maxBytes: Int
  ) async throws(KubernetesError) -> Data {
    var data = Data()
    while true {
      let chunk: ByteBuffer?
      do {
        chunk = try await exchange.chunk(within: max(.zero, deadline - environment.instant()))
      } catch {
        throw failure(error, request, exchange, generation)
      }
      guard let chunk else { return data }
      guard data.count + chunk.readableBytes <= maxBytes else {
        throw KubernetesError(
          cause: .decoding, message: "the answer is longer than \(maxBytes) bytes", operation: request.operation,
          isAmbiguous: request.isWrite)
      }
      data.append(contentsOf: chunk.readableBytesView)
    }
  }

  /// The error that an answer with an error status stands for.
  private func refusal(
    _ head: HTTPResponseHead, _ request: APIRequest, _ exchange: HTTPExchange, _ generation: ConnectionGeneration,
    deadline: ContinuousClock.Instant
  ) async throws(KubernetesError) -> KubernetesError {
    let data = try await body(request, exchange, generation, deadline: deadline, maxBytes: 1 << 20)
    let header = head.headers.first(name: "Retry-After").flatMap { Int64($0) }
    let wait = header.flatMap { $0 >= 0 ? Duration.seconds($0) : nil }
    let status: StatusDocument
    do {
      status = try JSONDecoder().decode(StatusDocument.self, from: data)
    } catch {
      // A proxy in between, or a server so busy that it answers plain text.
      let text = String(decoding: data.prefix(256), as: UTF8.self).split(whereSeparator: \.isNewline).first
      status = StatusDocument(message: "\(head.status.reasonPhrase): \(text ?? "")")
    }
    return status.error(
      code: Int(head.status.code), retryAfter: wait, operation: request.operation, isWrite: request.isWrite)
  }

  /// What became of a started request; a timeout makes the next one use new connections.
  private func failure(
    _ error: any Error, _ request: APIRequest, _ exchange: HTTPExchange, _ generation: ConnectionGeneration
  ) -> KubernetesError {
    if error is HTTPExchange.Silence { transport.retire(generation, because: "a request timed out") }
    return self.error(error, exchange: exchange, operation: request.operation, isWrite: request.isWrite)
  }
}
