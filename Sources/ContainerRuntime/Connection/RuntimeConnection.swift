import GRPCCore
import GRPCNIOTransportHTTP2Posix

/// Makes RPCs over the runtime's Unix socket.
///
/// Each call opens the socket anew and closes it afterwards. That costs a few milliseconds, and leaves no
/// connection that has to be watched or repaired when the runtime restarts and replaces its socket.
struct RuntimeConnection: Sendable {
  typealias Client = GRPCClient<HTTP2ClientTransport.Posix>

  let endpoint: RuntimeEndpoint

  /// Lists of a node with many images pass gRPC's default of 4 MiB.
  static let largestMessage = 256 << 20

  /// Runs `body` with a client that is closed afterwards.
  ///
  /// - Parameter isPull: whether the error is to say why an image couldn't be had.
  func withClient<Result: Sendable>(
    _ operation: String, isPull: Bool = false, _ body: @Sendable (Client) async throws -> Result
  ) async throws(RuntimeError) -> Result {
    do {
      let transport = try HTTP2ClientTransport.Posix(
        // The default authority is the path, which Go's gRPC servers refuse.
        target: .unixDomainSocket(path: endpoint.path, authority: "localhost"),
        transportSecurity: .plaintext,
        config: .defaults { config in
          // A connection isn't tried twice within a call.
          config.backoff = .init(initial: .seconds(30), max: .seconds(60), multiplier: 2, jitter: 0.2)
          config.connection.flushCoalescing = nil
        })
      return try await withGRPCClient(transport: transport, handleClient: body)
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
}
