import Agent
import Foundation
import KubernetesClient
import SwiftletAPI
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ExchangeClientTests {
  /// An exchange, and the lease that says where it is.
  final class Exchange: ExchangeTransport {
    struct State {
      var lease: Lease? = Exchange.lease("10.0.0.1:1")
      var leaseReads = 0
      /// What the next requests end with; then answers.
      var failures: [ExchangeFailure] = []
      var requests: [(address: String, token: String, images: [String])] = []
      var gate: AsyncStream<Void>?
      var answer: (@Sendable ([String]) -> Data)?
    }

    let state = Mutex(State())

    static func lease(_ address: String) -> Lease {
      Lease(
        metadata: ObjectMeta(
          name: CredentialExchange.leaseName,
          annotations: [
            CredentialExchange.addressAnnotation: address, CredentialExchange.certificateAnnotation: "certificate",
          ]))
    }

    struct Unreadable: Error {}

    func lease() throws -> Lease {
      try state.withLock { state in
        state.leaseReads += 1
        guard let lease = state.lease else { throw Unreadable() }
        return lease
      }
    }

    func post(_ body: Data, to place: ExchangePlace, token: String) async throws(ExchangeFailure) -> Data {
      let request: CredentialRequest
      do {
        request = try JSONDecoder().decode(CredentialRequest.self, from: body)
      } catch {
        throw ExchangeFailure("\(error)", isTransient: false)
      }
      let (gate, failure) = state.withLock { state in
        state.requests.append((place.address, token, request.images))
        return (state.gate, state.failures.isEmpty ? nil : state.failures.removeFirst())
      }
      if let gate { for await _ in gate {} }
      if let failure { throw failure }
      if let answer = state.withLock({ $0.answer }) { return answer(request.images) }
      let images = request.images.map { ($0, ImageCredentials(candidates: [OfferedLogin(secret: $0)], others: [])) }
      do {
        return try JSONEncoder().encode(CredentialAnswer(images: Dictionary(uniqueKeysWithValues: images)))
      } catch {
        throw ExchangeFailure("\(error)", isTransient: false)
      }
    }

    var requests: [(address: String, token: String, images: [String])] { state.withLock { $0.requests } }
    var leaseReads: Int { state.withLock { $0.leaseReads } }
  }

  /// Runs `body` with a client whose token file holds `token-1`.
  private func withClient(
    clock: any Clock<Duration> = ContinuousClock(),
    _ body: (ExchangeClient, Exchange, _ tokenPath: String) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/token"
    try write("token-1\n", to: path)
    let exchange = Exchange()
    let client = ExchangeClient(
      lease: { try exchange.lease() }, tokenPath: path, transport: exchange, clock: clock)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await client.run() }
      do {
        try await body(client, exchange, path)
      } catch {
        group.cancelAll()
        throw error
      }
      group.cancelAll()
    }
    await #expect(throws: CredentialFailure.self) { try await client.credentials(for: "late") }
  }

  private func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
  }

  @Test func asksOnceWhereTheLeaseSaysAndRemembersThat() async throws {
    try await withClient { client, exchange, path in
      #expect(exchange.leaseReads == 0, "nothing happens while nobody asks")
      #expect(try await client.credentials(for: "a").candidates.map(\.secret) == ["a"])
      // The kubelet has replaced the token meanwhile.
      try write("token-2", to: path)
      #expect(try await client.credentials(for: "b").candidates.map(\.secret) == ["b"])
      #expect(exchange.leaseReads == 1)
      #expect(exchange.requests.map(\.address) == ["10.0.0.1:1", "10.0.0.1:1"])
      #expect(exchange.requests.map(\.token) == ["token-1", "token-2"])
      #expect(exchange.requests.map(\.images) == [["a"], ["b"]])
    }
  }

  /// Nothing of an answer is kept: the same image is asked for again.
  @Test func nothingIsKept() async throws {
    try await withClient { client, exchange, _ in
      _ = try await client.credentials(for: "a")
      _ = try await client.credentials(for: "a")
      #expect(exchange.requests.count == 2)
    }
  }

  @Test func pullsThatWaitAtTheSameTimeShareOneRequest() async throws {
    try await withClient { client, exchange, _ in
      let (gate, opener) = AsyncStream<Void>.makeStream()
      exchange.state.withLock { $0.gate = gate }
      try await withThrowingTaskGroup(of: [String].self) { group in
        group.addTask { try await client.credentials(for: "first").candidates.map(\.secret) }
        try await eventually("a request") { exchange.requests.count == 1 ? true : nil }
        for name in ["b", "c", "d", "b"] {
          group.addTask { try await client.credentials(for: name).candidates.map(\.secret) }
        }
        try await eventually("all wait") { client.waitingCount == 4 ? true : nil }
        exchange.state.withLock { $0.gate = nil }
        opener.finish()
        let answers = try await group.reduce(into: []) { $0 += $1 }
        #expect(answers.sorted() == ["b", "b", "c", "d", "first"])
      }
      #expect(exchange.requests.map(\.images) == [["first"], ["b", "c", "d"]])
    }
  }

  @Test func afterAFailureItLooksWhereTheLeaderIsNow() async throws {
    try await withClient { client, exchange, _ in
      _ = try await client.credentials(for: "a")
      exchange.state.withLock { state in
        state.failures = [ExchangeFailure("gone")]
        state.lease = Exchange.lease("10.0.0.2:1")
      }
      _ = try await client.credentials(for: "a")
      #expect(exchange.requests.map(\.address) == ["10.0.0.1:1", "10.0.0.1:1", "10.0.0.2:1"])
      #expect(exchange.leaseReads == 2)
    }
  }

  @Test(arguments: ["no lease", "no address", "a wrong address", "no token", "refusals"])
  func givesUpInTime(_ what: String) async throws {
    let clock = ManualClock()
    try await withClient(clock: clock) { client, exchange, path in
      exchange.state.withLock { state in
        switch what {
        case "no lease": state.lease = nil
        case "no address": state.lease?.metadata.annotations = nil
        case "a wrong address": state.lease = Exchange.lease("10.0.0.1:1/x?y")
        case "refusals": state.failures = Array(repeating: ExchangeFailure(status: 401, retryAfter: nil), count: 100)
        default: break
        }
      }
      if what == "no token" { try FileManager.default.removeItem(atPath: path) }
      let failure = Mutex<String?>(nil)
      async let end: Void = {
        do throws(CredentialFailure) {
          _ = try await client.credentials(for: "a")
          failure.withLock { $0 = "an answer" }
        } catch {
          failure.withLock { $0 = "\(error)" }
        }
      }()
      let text = try await eventually("the end", within: .seconds(20)) { () -> String? in
        if let pause = clock.nextWake { clock.advance(by: pause) }
        return failure.withLock { $0 }
      }
      await end
      let words = ["no lease": "can't be read", "no token": "token", "refusals": "token"][what] ?? "no address"
      #expect(text.contains(words), "\(text)")
      #expect(clock.now.offset <= ExchangeClient.limit)
      #expect(exchange.requests.count < 100)
    }
  }

  @Test func whatCanNotGetBetterIsNotTriedAgain() async throws {
    try await withClient { client, exchange, _ in
      exchange.state.withLock { $0.failures = [ExchangeFailure(status: 400, retryAfter: nil)] }
      await #expect(throws: CredentialFailure("the controller answered 400")) {
        try await client.credentials(for: "a")
      }
      exchange.state.withLock { $0.answer = { _ in Data("s3cret-word".utf8) } }
      await #expect(throws: CredentialFailure("the controller's answer can't be read")) {
        try await client.credentials(for: "a")
      }
      exchange.state.withLock { $0.answer = { _ in Data(#"{"images":{}}"#.utf8) } }
      await #expect(throws: CredentialFailure("the controller doesn't plan this image for this node any more")) {
        try await client.credentials(for: "a")
      }
      #expect(exchange.requests.count == 3)
    }
  }

  @Test func aPullThatIsCancelledDoesNotWait() async throws {
    try await withClient { client, exchange, _ in
      let (gate, opener) = AsyncStream<Void>.makeStream()
      exchange.state.withLock { $0.gate = gate }
      let pull = Task { try await client.credentials(for: "a") }
      try await eventually("a request") { exchange.requests.count == 1 ? true : nil }
      pull.cancel()
      await #expect(throws: CredentialFailure.self) { try await pull.value }
      opener.finish()
      exchange.state.withLock { $0.gate = nil }
      _ = try await client.credentials(for: "b")
    }
  }

  @Test(arguments: [
    ("10.0.0.1:17646", true), ("[fd00::1]:17646", true), ("", false), (":1", false), ("10.0.0.1", false),
    ("10.0.0.1:0", false), ("10.0.0.1:1/x", false), ("a b:1", false), ("https://10.0.0.1:1", false),
  ]) func addresses(text: String, isOne: Bool) {
    let place = ExchangePlace(Exchange.lease(text))
    #expect((place != nil) == isOne)
    if isOne { #expect(place?.url == "https://\(text)/v1/credentials") }
  }
}
