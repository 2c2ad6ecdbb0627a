import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// Gives out connections to the server, and replaces them when they are dead or their certificates have changed.
final class Transport: Sendable {
  /// The client was shut down.
  struct ShutDown: Error {}

  private struct State {
    var current: ConnectionGeneration?
    var number = 0
    /// Completed ones are dropped with the next replacement.
    var closing: [Int: EventLoopFuture<Void>] = [:]
    var isShutDown = false
  }

  private let configuration: ClientConfiguration
  private let options: ClientOptions
  private let address: ServerAddress
  private let proxy: HTTPClient.Configuration.Proxy?
  private let logger: Logger
  private let state = Mutex(State())

  /// - Throws: `ConfigurationError`.
  init(
    configuration: ClientConfiguration, options: ClientOptions, logger: Logger, environment: ClientEnvironment
  ) throws {
    self.configuration = configuration
    self.options = options
    self.logger = logger
    address = try ServerAddress(configuration.server)
    let variables = ProxyVariables(environment.variables())
    proxy = try ProxyAddress.proxy(of: configuration.proxy, variables, for: address)
    if let name = configuration.tls.serverName, name.isEmpty || name.contains(":") || name.contains("/") {
      throw ConfigurationError(field: "tls-server-name", message: "\"\(name)\" is no host name")
    }
  }

  deinit {
    state.withLock { state in
      _ = state.current?.retire(within: .zero)
    }
  }

  /// The current connections, new ones if `material` isn't what they use.
  ///
  /// - Throws: `ConfigurationError` about certificates, or `ShutDown`.
  func generation(for material: TLSMaterial) throws -> ConnectionGeneration {
    let (generation, old) = try state.withLock { state in
      guard !state.isShutDown else { throw ShutDown() }
      if let current = state.current, current.material == material {
        return (current, nil as ConnectionGeneration?)
      }
      let client = try clientConfiguration(material)
      let old = state.current
      state.number += 1
      let new = ConnectionGeneration(number: state.number, material: material, configuration: client)
      state.current = new
      if let old { retire(old, &state) }
      return (new, old)
    }
    if let old {
      logger.info(
        "certificates changed, connections are replaced", metadata: ["kubernetes.generation": "\(old.number)"])
    }
    return generation
  }

  /// Replaces the connections of `generation`, if they are the current ones: the next request opens new ones.
  func retire(_ generation: ConnectionGeneration, because reason: String) {
    let isCurrent = state.withLock { state in
      guard state.current === generation else { return false }
      state.current = nil
      retire(generation, &state)
      return true
    }
    guard isCurrent else { return }
    logger.info(
      "connections are replaced",
      metadata: ["kubernetes.generation": "\(generation.number)", "reason": "\(reason)"])
  }

  private func retire(_ generation: ConnectionGeneration, _ state: inout State) {
    let number = generation.number
    let closed = generation.retire(within: options.drainTimeout)
    state.closing[number] = closed
    closed.whenComplete { [weak self] _ in
      self?.forget(number)
    }
  }

  private func forget(_ number: Int) {
    state.withLock { _ = $0.closing.removeValue(forKey: number) }
  }

  /// Aborts all requests and closes all connections.
  func shutdown() async {
    let closing = state.withLock { state in
      state.isShutDown = true
      var closing = Array(state.closing.values)
      if let current = state.current { closing.append(current.retire(within: .zero)) }
      state.current = nil
      return closing
    }
    for future in closing {
      do {
        try await future.get()
      } catch {
        logger.debug("closing connections failed", metadata: ["error": "\(error)"])
      }
    }
  }

  /// - Throws: `HTTPClientError` where the URL can't be one.
  func request(_ request: APIRequest, authorization: String?) throws -> HTTPClient.Request {
    var headers: HTTPHeaders = [
      "Host": address.authority, "User-Agent": options.userAgent, "Accept": "application/json",
    ]
    if let authorization { headers.add(name: "Authorization", value: authorization) }
    var body: HTTPClient.Body?
    if let content = request.body {
      headers.add(name: "Content-Type", value: content.contentType)
      body = .byteBuffer(ByteBuffer(bytes: content.data))
    }
    return try HTTPClient.Request(
      url: address.url(request.target, serverName: configuration.tls.serverName),
      method: HTTPMethod(rawValue: request.method.rawValue), headers: headers, body: body)
  }

  private func clientConfiguration(_ material: TLSMaterial) throws -> HTTPClient.Configuration {
    var client = HTTPClient.Configuration(
      tlsConfiguration: address.isSecure
        ? try material.configuration(isInsecure: configuration.tls.isInsecure) : nil,
      redirectConfiguration: .disallow,
      timeout: .init(connect: TimeAmount(options.connectTimeout)), proxy: proxy)
    // Every failed request is looked at here, so a refused connection needn't be hidden for the whole timeout.
    client.connectionPool.retryConnectionEstablishment = false
    let setup = ConnectionSetup(
      deadPeerTimeout: options.deadPeerTimeout,
      serverName: address.isSecure && !configuration.tls.isInsecure ? configuration.tls.serverName : nil, logger: logger
    )
    client.http1_1ConnectionDebugInitializer = { setup.prepare($0) }
    client.http2ConnectionDebugInitializer = { setup.prepare($0) }
    client.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(1, options.maxRequestsInFlight) + 64
    if let name = configuration.tls.serverName, name != address.host {
      client.dnsOverride = [name: address.host]
    }
    return client
  }
}
