import AsyncHTTPClient
import Certificates
import Foundation
import KubernetesClient
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Observability
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Webhook

/// The server over TLS, asked as an API server asks it.
@Suite(.timeLimit(.minutes(1)))
struct WebhookServerTests {
  private static let names = ServerNames(commonName: "localhost", dnsNames: ["localhost"])

  private static func generation() throws -> Generation {
    try Generation.make(for: names, now: Timestamp(Date()), lifetime: .seconds(3600))
  }

  /// Runs `body` with the server's port, then ends the server gracefully.
  private func withServer(
    _ served: ServedIdentity, limits: WebhookServer.Limits = .init(), body: (Int) async throws -> Void
  ) async throws {
    let port = Mutex<Int?>(nil)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = WebhookServer(
      address: ListenAddress(host: "127.0.0.1", port: 0), served: served, limits: limits, logger: logger,
      onListening: { number in port.withLock { $0 = number } })
    let group = ServiceGroup(services: [server], logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      let result: Result<Void, any Error>
      do {
        try await body(try await eventually("the server listens") { port.withLock { $0 } })
        result = .success(())
      } catch {
        result = .failure(error)
      }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
      try result.get()
    }
  }

  /// One request on a connection of its own that trusts one authority only.
  private func post(
    _ body: Data, to port: Int, path: String = "validate", trusting authority: CertificateAuthority
  ) async throws -> (Int, String) {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.certificate.utf8)))
    var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
    configuration.httpVersion = .http1Only
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    var request = HTTPClientRequest(url: "https://localhost:\(port)/\(path)")
    request.method = .POST
    request.body = .bytes(ByteBuffer(bytes: body))
    let result: Result<(Int, String), any Error>
    do {
      let response = try await client.execute(request, timeout: .seconds(20))
      let text = String(buffer: try await response.body.collect(upTo: 1 << 20))
      result = .success((Int(response.status.code), text))
    } catch {
      result = .failure(error)
    }
    try await client.shutdown()
    return try result.get()
  }

  private func code(_ body: Data, to port: Int, trusting authority: CertificateAuthority) async throws -> Int {
    try await post(body, to: port, trusting: authority).0
  }

  @Test(arguments: WebhookServer.paths) func answersReviews(path: String) async throws {
    let served = ServedIdentity()
    let generation = try Self.generation()
    served.use(try TLSIdentity(generation.server))
    try await withServer(served) { port in
      let bad = AdmissionTests.review(object: AdmissionTests.cache(["UP"]))
      let (status, text) = try await post(bad, to: port, path: path, trusting: generation.authority)
      let answer = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
      #expect(status == 200 && answer["response"]?["allowed"] == false)
      let good = AdmissionTests.review(object: AdmissionTests.cache(["up"]))
      let allowed = try await post(good, to: port, path: path, trusting: generation.authority).1
      #expect(allowed.contains(#""allowed":true"#))
      #expect(try await code(Data("{".utf8), to: port, trusting: generation.authority) == 400)
    }
  }

  @Test func bodiesAreBounded() async throws {
    let served = ServedIdentity()
    let generation = try Self.generation()
    served.use(try TLSIdentity(generation.server))
    try await withServer(served) { port in
      let large = AdmissionTests.review(object: AdmissionTests.cache([String(repeating: "a", count: 3 << 20)]))
      let (status, text) = try await post(large, to: port, trusting: generation.authority)
      #expect(status == 200 && text.utf8.count < 2000)
      // Refused before all of it was sent, the connection may end first.
      do {
        let large = Data(repeating: 32, count: AdmissionReview.maxBytes + 1)
        #expect(try await code(large, to: port, trusting: generation.authority) == 413)
      } catch let error as HTTPClientError {
        #expect(error == .remoteConnectionClosed, "\(error)")
      }
      #expect(try await code(Data(), to: port, trusting: generation.authority) == 400)
    }
  }

  @Test func whatIsTooMuchAtOnceIsSentAway() async throws {
    let served = ServedIdentity()
    let generation = try Self.generation()
    served.use(try TLSIdentity(generation.server))
    var limits = WebhookServer.Limits()
    limits.bytes = 100_000
    try await withServer(served, limits: limits) { port in
      let large = AdmissionTests.review(object: AdmissionTests.cache([String(repeating: "a", count: 100_000)]))
      let answer = try await code(large, to: port, trusting: generation.authority)
      #expect(answer == 503)
      let small = AdmissionTests.review(object: AdmissionTests.cache(["a"]))
      for _ in 0..<3 { #expect(try await code(small, to: port, trusting: generation.authority) == 200) }
    }
  }

  @Test func aNewCertificateIsServedWithoutARestart() async throws {
    let served = ServedIdentity()
    let (old, new) = (try Self.generation(), try Self.generation())
    served.use(try TLSIdentity(old.server))
    let body = AdmissionTests.review(object: AdmissionTests.cache(["a"]))
    try await withServer(served) { port in
      #expect(try await code(body, to: port, trusting: old.authority) == 200)
      await #expect(throws: (any Error).self) { try await post(body, to: port, trusting: new.authority) }
      served.use(try TLSIdentity(new.server))
      #expect(try await code(body, to: port, trusting: new.authority) == 200)
      await #expect(throws: (any Error).self) { try await post(body, to: port, trusting: old.authority) }
    }
  }

  /// Requests never stop while certificates change, each client trusting what a configuration would say then.
  @Test func noRequestFailsDuringARotation() async throws {
    let served = ServedIdentity()
    let store = FakeStore(webhooks: 1)
    let now = Mutex(Timestamp(Date()))
    let keeper = CertificateKeeper(
      store: store, rotation: CertificateRotation(names: Self.names), served: served,
      now: { now.withLock { $0 } }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    _ = try await keeper.settle()
    let first = served.facts
    store.state.withLock { $0.secret?.metadata.annotations?[CertificateSecret.renew] = "" }
    let body = AdmissionTests.review(object: AdmissionTests.cache(["a"]))
    try await withServer(served) { port in
      for round in 0..<4 {
        let authority = CertificateAuthority(certificate: try #require(store.bundles.first))
        _ = try await keeper.settle()
        now.withLock { $0 = $0 + .seconds(30) }
        // One that learned of the last change only, and one that knows all.
        for trusted in [authority, CertificateAuthority(certificate: try #require(store.bundles.first))] {
          #expect(try await code(body, to: port, trusting: trusted) == 200, "round \(round)")
        }
      }
    }
    #expect(served.facts != first)
  }

  @Test func filesAreReadAgain() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "swiftlet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (chain, key) = (folder.appending(path: "tls.crt"), folder.appending(path: "tls.key"))
    let (old, new) = (try Self.generation(), try Self.generation())
    let served = ServedIdentity()
    let files = CertificateFiles(
      certificate: chain.path, key: key.path, served: served, period: .milliseconds(20),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let group = ServiceGroup(services: [files], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    async let running: Void = group.run()
    // The key comes last, and is the wrong one for a while.
    try Data(old.server.chain.utf8).write(to: chain)
    try Data(new.server.key.bytes).write(to: key)
    try Data(old.server.key.bytes).write(to: key, options: .atomic)
    try await eventually("the first") {
      served.facts == (try CertificateFacts(pem: old.server.chain)) ? true : nil
    }
    try Data(new.server.chain.utf8).write(to: chain, options: .atomic)
    #expect(served.facts == (try CertificateFacts(pem: old.server.chain)))
    try Data(new.server.key.bytes).write(to: key, options: .atomic)
    try await eventually("the second") {
      served.facts == (try CertificateFacts(pem: new.server.chain)) ? true : nil
    }
    await group.triggerGracefulShutdown()
    try await running
  }
}
