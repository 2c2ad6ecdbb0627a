import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Synchronization

/// Makes RPCs over the runtime's Unix socket.
///
/// Short calls share one connection. It is given up as soon as a call says that the runtime doesn't answer, so that the
/// next call opens the socket anew, as a restarted runtime has replaced it; it closes by itself when nothing has been
/// asked for a while. A call that lasts (a pull, a subscription) has a connection of its own.
final class RuntimeConnection: Sendable {
  typealias Client = GRPCClient<HTTP2ClientTransport.Posix>

  /// Lists of a node with many images pass gRPC's default of 4 MiB.
  static let largestMessage = 256 << 20
  /// How long the shared connection stays open without a call.
  static let idleTime = Duration.seconds(60)

  let endpoint: RuntimeEndpoint
  private let shared = Mutex<Link?>(nil)

  init(endpoint: RuntimeEndpoint) {
    self.endpoint = endpoint
  }

  deinit {
    shared.withLock { $0?.end() }
  }

  /// Runs `body`, which must be fit to be run twice, with a client of the shared connection.
  func withClient<Result: Sendable>(
    _ operation: String, _ body: @Sendable (Client) async throws -> Result
  ) async throws(RuntimeError) -> Result {
    do {
      let (link, isReused) = try link()
      do {
        return try await body(link.client)
      } catch let error as RPCError where error.code == .unavailable && isReused && !Task.isCancelled {
        // The runtime may have been restarted since the last call.
        retire(link)
      } catch {
        if RuntimeError(operation, error).isUnavailable { retire(link) }
        throw error
      }
      let (fresh, _) = try self.link()
      do {
        return try await body(fresh.client)
      } catch {
        if RuntimeError(operation, error).isUnavailable { retire(fresh) }
        throw error
      }
    } catch {
      throw RuntimeError(operation, error)
    }
  }

  /// Runs `body` with a client of its own that is closed afterwards.
  ///
  /// - Parameter isPull: whether the error is to say why an image couldn't be had.
  func withOwnClient<Result: Sendable>(
    _ operation: String, isPull: Bool = false, _ body: @Sendable (Client) async throws -> Result
  ) async throws(RuntimeError) -> Result {
    do {
      return try await withGRPCClient(transport: Self.transport(endpoint), handleClient: body)
    } catch {
      throw RuntimeError(operation, error, isPull: isPull)
    }
  }

  /// The options of a call; without a timeout it runs until it is cancelled.
  static func options(timeout: Duration?) -> CallOptions {
    var options = CallOptions.defaults
    options.timeout = timeout
    options.waitForReady = false
    options.maxResponseMessageBytes = largestMessage
    // The transport takes this one as the limit of what it receives.
    options.maxRequestMessageBytes = largestMessage
    return options
  }

  // MARK: The shared connection

  /// A client, and the task that keeps its connection up.
  private struct Link: Sendable {
    let client: Client
    private let upkeep: Task<Void, Never>

    init(_ endpoint: RuntimeEndpoint) throws {
      let client = GRPCClient(transport: try RuntimeConnection.transport(endpoint))
      self.client = client
      upkeep = Task {
        // What goes wrong with the connection, each call on it says.
        do { try await client.runConnections() } catch {}
      }
    }

    /// Takes no more calls; what runs goes on to its end.
    func retire() { client.beginGracefulShutdown() }

    func end() { upkeep.cancel() }
  }

  /// - Returns: the connection, and whether it was there before.
  private func link() throws -> (link: Link, isReused: Bool) {
    try shared.withLock { shared in
      if let link = shared { return (link, true) }
      let link = try Link(endpoint)
      shared = link
      return (link, false)
    }
  }

  private func retire(_ link: Link) {
    shared.withLock { shared in
      if shared?.client === link.client { shared = nil }
    }
    link.retire()
  }

  private static func transport(_ endpoint: RuntimeEndpoint) throws -> HTTP2ClientTransport.Posix {
    try HTTP2ClientTransport.Posix(
      // The default authority is the path, which Go's gRPC servers refuse.
      target: .unixDomainSocket(path: endpoint.path, authority: "localhost"),
      transportSecurity: .plaintext,
      config: .defaults { config in
        // A connection isn't tried twice within a call.
        config.backoff = .init(initial: .seconds(30), max: .seconds(60), multiplier: 2, jitter: 0.2)
        config.connection.flushCoalescing = nil
        config.connection.maxIdleTime = idleTime
      })
  }
}
