import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import Observability
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@Suite struct AdminServerTests {
  /// The state that the checks report.
  private final class Checks: Sendable {
    let problem = Mutex<String?>(nil)
    let port = Mutex<Int?>(nil)
  }

  /// Runs a server while `body` talks to it, and ends both gracefully.
  private func withServer(
    _ routes: (Checks) -> AdminRoutes, host: String = "127.0.0.1", body: @Sendable (String, Checks) async throws -> Void
  ) async throws {
    let checks = Checks()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = AdminServer(
      address: ListenAddress(host: host, port: 0), routes: routes(checks), logger: logger,
      onListening: { port in checks.port.withLock { $0 = port } })
    let group = ServiceGroup(services: [server], logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      do {
        let port = try await eventually("the server listens") { checks.port.withLock { $0 } }
        #expect(port > 0)
        try await body("http://127.0.0.1:\(port)", checks)
      } catch {
        await group.triggerGracefulShutdown()
        throw error
      }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
  }

  private func get(_ url: String, _ method: String = "GET") async throws -> (UInt, String?, String) {
    var request = HTTPClientRequest(url: url)
    request.method = .RAW(value: method)
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
    let body = try await response.body.collect(upTo: 1 << 20)
    return (response.status.code, response.headers.first(name: "content-type"), String(buffer: body))
  }

  @Test(arguments: ["127.0.0.1", "0.0.0.0"])
  func answersProbesAndMetrics(host: String) async throws {
    let registry = PrometheusRegistry()
    let routes = { (checks: Checks) in
      AdminRoutes(
        health: { nil }, readiness: { checks.problem.withLock { $0 } },
        metrics: AdminRoutes.metrics(of: registry))
    }
    try await withServer(routes, host: host) { url, checks in
      #expect(try await get(url + "/healthz") == (200, "text/plain; charset=utf-8", "ok\n"))
      #expect(try await get(url + "/readyz").0 == 200)
      checks.problem.withLock { $0 = "the runtime's socket is gone" }
      #expect(try await get(url + "/readyz") == (503, "text/plain; charset=utf-8", "the runtime's socket is gone\n"))
      checks.problem.withLock { $0 = nil }
      #expect(try await get(url + "/readyz").0 == 200)
      let (status, type, text) = try await get(url + "/metrics")
      #expect(status == 200)
      #expect(type == "text/plain; version=0.0.4; charset=utf-8")
      #expect(text.hasPrefix("# HELP metrics_dropped_series_total"))
      #expect(text.contains("\nprocess_resident_memory_bytes "))
      #expect(text.hasSuffix("\n") && !text.hasSuffix("\n\n"))
      #expect(try await get(url + "/").0 == 404)
      #expect(try await get(url + "/healthz", "POST").0 != 200)
    }
  }

  @Test func everyAddressIncludesIPv4() async throws {
    let address = try #require(ListenAddress(":0"))
    let port = Mutex<Int?>(nil)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = AdminServer(
      address: address, routes: AdminRoutes(health: { nil }), logger: logger,
      onListening: { actual in port.withLock { $0 = actual } })
    let group = ServiceGroup(services: [server], logger: logger)
    async let running: Void = group.run()
    let actual = try await eventually("the server listens") { port.withLock { $0 } }
    #expect(try await get("http://127.0.0.1:\(actual)/healthz").0 == 200)
    await group.triggerGracefulShutdown()
    try await running
  }

  @Test func routesThatWereNotGivenAreNotFound() async throws {
    try await withServer({ _ in AdminRoutes(metrics: { "a 1\n" }) }) { url, _ in
      let metrics = try await get(url + "/metrics").2
      #expect(metrics == "a 1\n")
      for path in ["/healthz", "/readyz"] {
        let status = try await get(url + path).0
        #expect(status == 404)
      }
    }
  }

  @Test func anAddressThatIsTakenIsAnError() async throws {
    try await withServer({ _ in AdminRoutes(health: { nil }) }) { url, checks in
      let port = checks.port.withLock { $0 ?? 0 }
      let second = AdminServer(
        address: ListenAddress(host: "127.0.0.1", port: port), routes: AdminRoutes(),
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
      await #expect(throws: (any Error).self) { try await second.run() }
      let status = try await get(url + "/healthz").0
      #expect(status == 200)
    }
  }

  @Test(
    arguments: [
      (":8080", nil, 8080), ("*:1", nil, 1), ("127.0.0.1:0", "127.0.0.1", 0), ("[::1]:65535", "::1", 65535),
      ("localhost:80", "localhost", 80),
    ] as [(String, String?, Int)])
  func addressesAreRead(text: String, host: String?, port: Int) throws {
    let address = try #require(ListenAddress(text))
    #expect(address == ListenAddress(host: host, port: port))
    #expect(ListenAddress(address.description) == address)
  }

  @Test(arguments: ["", "8080", ":", ":x", ":65536", "::1:80", "[::1]", "[]:1", "a b:1", ":-1", ":+1", "http://a:1"])
  func othersAreRefused(text: String) {
    #expect(ListenAddress(text) == nil)
  }
}
