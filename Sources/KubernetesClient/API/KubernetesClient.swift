public import Logging

/// A client of one Kubernetes API server.
///
/// Reads are repeated after lost connections and server errors; every request is repeated after answers that say it
/// wasn't carried out (429, or 503 with Retry-After). A write whose outcome is unknown is never repeated: its error
/// says `isAmbiguous`. Call `shutdown()` when done.
public final class KubernetesClient: Sendable {
  /// What the client was made with.
  public let configuration: ClientConfiguration
  public let options: ClientOptions
  let sender: RequestSender

  /// - Throws: `ConfigurationError` where the configuration makes no sense. Certificates and tokens are read with the
  ///   first request.
  public convenience init(
    configuration: ClientConfiguration, options: ClientOptions = .init(), logger: Logger
  ) throws {
    try self.init(configuration: configuration, options: options, logger: logger, environment: .system)
  }

  package init(
    configuration: ClientConfiguration, options: ClientOptions = .init(), logger: Logger,
    environment: ClientEnvironment
  ) throws {
    self.configuration = configuration
    self.options = options
    sender = try RequestSender(
      configuration: configuration, options: options, logger: logger, environment: environment)
  }

  /// Ends running requests and closes all connections. Later requests throw `.shutDown`.
  public func shutdown() async throws {
    await sender.shutdown()
  }

  /// The server's version.
  public func serverVersion() async throws(KubernetesError) -> ServerVersion {
    let request = APIRequest(.get, path: "/version", operation: "get version")
    return try await sender.send(request, decoding: ServerVersion.self)
  }
}
