import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle

/// A small HTTP server for probes and metrics. Ends, after the requests in hand, with the graceful shutdown of the
/// service group that runs it.
///
/// A check that fails is answered with 503 and its words. `run` throws where the address can't be bound.
package struct AdminServer: Service, CustomStringConvertible {
  /// So many connections are served at once; more wait in the kernel's queue.
  static let maxConnections = 64

  private let address: ListenAddress
  private let routes: AdminRoutes
  private let logger: Logger
  private let onListening: @Sendable (Int) -> Void

  /// - Parameter onListening: called with the actual port once connections are accepted.
  package init(
    address: ListenAddress, routes: AdminRoutes, logger: Logger,
    onListening: @escaping @Sendable (Int) -> Void = { _ in }
  ) {
    self.address = address
    self.routes = routes
    self.logger = logger
    self.onListening = onListening
  }

  package var description: String { "admin server at \(address)" }

  package func run() async throws {
    // The server's own messages about each connection are of no interest below warnings.
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .warning)
    let logger = logger
    let onListening = onListening
    let application = Application(
      router: router(),
      server: .http1(configuration: .init(idleTimeout: .seconds(30))),
      configuration: ApplicationConfiguration(
        address: .hostname(address.bindHost, port: address.port),
        availableConnectionsDelegate: MaximumAvailableConnections(Self.maxConnections, logger: quiet)),
      onServerRunning: { channel in
        let port = channel.localAddress?.port ?? 0
        logger.info("Listening", metadata: ["server.port": "\(port)"])
        onListening(port)
      },
      logger: quiet)
    try await application.run()
  }

  private func router() -> Router<BasicRequestContext> {
    let router = Router(options: .autoGenerateHeadEndpoints)
    for (path, check) in [("healthz", routes.health), ("readyz", routes.readiness)] {
      guard let check else { continue }
      router.get(RouterPath(path)) { _, _ in
        let problem = await check()
        return Self.response(problem == nil ? .ok : .serviceUnavailable, "text/plain; charset=utf-8", problem ?? "ok")
      }
    }
    if let metrics = routes.metrics {
      router.get("metrics") { _, _ in
        Self.response(.ok, PrometheusText.contentType, await metrics(), lineEnd: "")
      }
    }
    return router
  }

  private static func response(
    _ status: HTTPResponse.Status, _ type: String, _ text: String, lineEnd: String = "\n"
  ) -> Response {
    Response(
      status: status, headers: [.contentType: type, .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text + lineEnd)))
  }
}
