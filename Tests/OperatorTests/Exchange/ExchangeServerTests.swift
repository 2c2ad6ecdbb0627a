import Agent
import Foundation
import KubernetesClient
import Logging
import Operator
import SwiftletAPI
import Synchronization
import TestSupport
import Testing

/// The server over TLS, asked as agents ask it.
@Suite(.timeLimit(.minutes(1)))
struct ExchangeServerTests {
  private static let now = Timestamp(Date())

  /// Runs `body` while a server listens.
  private func withServer(
    _ bench: ExchangeBench, limits: ExchangeServer.Limits = .init(), now: Timestamp = Self.now,
    _ body: (ExchangePlace) async throws -> Void
  ) async throws {
    let identity = try ExchangeIdentity(address: "127.0.0.1", now: now)
    let server = ExchangeServer(
      desk: bench.desk, limits: limits, logger: Logger(label: "x") { _ in CapturingLogHandler(lines: bench.logs) })
    let (ports, port) = AsyncStream<Int>.makeStream()
    try await bench.open {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await server.run(at: ExchangeAddress(host: "127.0.0.1", port: 0), as: identity) { port.yield($0) }
        }
        let number = try #require(await ports.first { _ in true })
        let place = try #require(Self.place(number, identity.certificatePEM))
        do {
          try await body(place)
        } catch {
          group.cancelAll()
          throw error
        }
        group.cancelAll()
        do { try await group.waitForAll() } catch is CancellationError {}
      }
    }
  }

  private static func place(_ port: Int, _ certificate: String) -> ExchangePlace? {
    ExchangePlace(
      Lease(
        metadata: ObjectMeta(
          name: "x",
          annotations: [
            CredentialExchange.addressAnnotation: "127.0.0.1:\(port)",
            CredentialExchange.certificateAnnotation: certificate,
          ])))
  }

  private func ask(
    _ place: ExchangePlace, token: String = "token-n1", images: [String] = [ExchangeBench.image]
  ) async throws -> CredentialAnswer {
    let body = try JSONEncoder().encode(CredentialRequest(images: images))
    let answer = try await HTTPSExchangeTransport().post(body, to: place, token: token)
    return try JSONDecoder().decode(CredentialAnswer.self, from: answer)
  }

  @Test func answersOverTLSThatTrustsItsCertificate() async throws {
    let bench = ExchangeBench()
    try await withServer(bench) { place in
      let credentials = try #require(try await ask(place).images[ExchangeBench.image])
      #expect(credentials.candidates.first?.password == SecretData(ExchangeBench.word))
    }
    #expect(!bench.logs.all.joined().contains(ExchangeBench.word))
    #expect(!bench.logs.all.joined().contains("token-n1"))
  }

  @Test(arguments: ["another certificate", "no certificate"]) func nothingElseIsTrusted(_ what: String) async throws {
    let bench = ExchangeBench()
    try await withServer(bench) { place in
      let other = try ExchangeIdentity(address: "127.0.0.1", now: Self.now)
      let port = try #require(Int(place.address.split(separator: ":")[1]))
      let wrong = try #require(Self.place(port, what == "no certificate" ? "-" : other.certificatePEM))
      await #expect(throws: ExchangeFailure.self) { try await ask(wrong) }
      #expect(bench.api.count("get secrets") == 0)
    }
  }

  @Test func aCertificateForAnotherAddressIsNotTrusted() async throws {
    let identity = try ExchangeIdentity(address: "10.0.0.1", now: Self.now)
    #expect(identity.certificatePEM.hasPrefix("-----BEGIN CERTIFICATE-----"))
    let bench = ExchangeBench()
    let (ports, port) = AsyncStream<Int>.makeStream()
    let server = ExchangeServer(desk: bench.desk, logger: Logger(label: "x") { _ in SwiftLogNoOpLogHandler() })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await server.run(at: ExchangeAddress(host: "127.0.0.1", port: 0), as: identity) { port.yield($0) }
      }
      let number = try #require(await ports.first { _ in true })
      let place = try #require(Self.place(number, identity.certificatePEM))
      await #expect(throws: ExchangeFailure.self) { try await ask(place) }
      group.cancelAll()
      do { try await group.waitForAll() } catch is CancellationError {}
    }
  }

  @Test func addressesOfBothFamilies() throws {
    for address in ["10.1.2.3", "fd00::1", "::1"] { _ = try ExchangeIdentity(address: address, now: Self.now) }
    for address in ["", "host", "10.1.2", "fd00::g"] {
      #expect(throws: (any Error).self) { try ExchangeIdentity(address: address, now: Self.now) }
    }
  }

  @Test(arguments: [("nobody", "token"), ("uid", "pod")]) func refusalsAreTold(token: String, words: String)
    async throws
  {
    let bench = ExchangeBench()
    bench.review("uid", ExchangeBench.user("agent-n1", uid: "another"))
    try await withServer(bench) { place in
      do {
        _ = try await ask(place, token: token)
        Issue.record("an answer")
      } catch let failure as ExchangeFailure {
        #expect(failure.isTransient && failure.message.contains(words), "\(failure)")
      }
    }
  }

  @Test func aNodeThatAsksTooOftenIsToldWhenToComeAgain() async throws {
    let bench = ExchangeBench(burst: 1)
    try await withServer(bench) { place in
      _ = try await ask(place)
      do {
        _ = try await ask(place)
        Issue.record("an answer")
      } catch let failure as ExchangeFailure {
        #expect(failure.retryAfter == .seconds(1))
      }
    }
  }

  @Test(arguments: [CredentialExchange.maxImages + 1, 20_000]) func aRequestThatIsTooLargeIsRefused(count: Int)
    async throws
  {
    let bench = ExchangeBench()
    try await withServer(bench) { place in
      do {
        _ = try await ask(place, images: (0..<count).map { "registry.example/a:\($0)" })
        Issue.record("an answer")
      } catch let failure as ExchangeFailure {
        // Refused before all of it was sent, the connection may end first.
        #expect(failure.message.contains("400") || failure.message.contains("reached"), "\(failure)")
      }
      _ = try await ask(place)
    }
  }

  /// A request that hangs ends, and others are served beside it.
  @Test func everyRequestHasADeadline() async throws {
    let bench = ExchangeBench()
    var limits = ExchangeServer.Limits()
    limits.deadline = .milliseconds(300)
    let (gate, opener) = AsyncStream<Void>.makeStream()
    try await withServer(bench, limits: limits) { place in
      bench.api.state.withLock { $0.gate = gate }
      do {
        _ = try await ask(place)
        Issue.record("an answer")
      } catch let failure as ExchangeFailure {
        #expect(failure.isTransient && failure.message.contains("503"), "\(failure)")
      }
      #expect(try await ask(place, token: "token-n2").images == [:])
      opener.finish()
      try await eventually("an answer") {
        do {
          return try await ask(place).images.count == 1 ? true : nil
        } catch {
          return nil
        }
      }
    }
  }
}
