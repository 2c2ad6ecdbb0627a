import KubernetesClient
import TestSupport
import Testing

@Suite struct RetryTests {
  private static let ok = ScriptedReply.text(namespaceJSON("a"))

  @Test func retryAfterIsHonouredForWritesToo() async throws {
    let answers = Answers([
      .failure(429, reason: "TooManyRequests", headers: ["Retry-After": "7"]),
      .failure(503, reason: "ServiceUnavailable", headers: ["Retry-After": "2"]), Self.ok,
    ])
    let machine = FakeMachine()
    try await withServer(machine: machine, script: { _ in answers.next() }) { client, server in
      _ = try await client.create(Namespace(metadata: ObjectMeta(name: "a")))
      #expect(server.requests.count == 3)
      #expect(machine.sleeps.count == 2)
      #expect((.seconds(7) ..< .seconds(8.5)).contains(machine.sleeps[0]))
      #expect((.seconds(2) ..< .seconds(2.5)).contains(machine.sleeps[1]))
    }
  }

  @Test func aLongRetryAfterGoesToTheCaller() async throws {
    let script: ScriptedServer.Script = { _ in
      .failure(429, reason: "TooManyRequests", headers: ["Retry-After": "300"])
    }
    try await withServer(script: script) { client, server in
      let error = await failure { () throws(KubernetesError) in _ = try await client.get(Namespace.self, name: "a") }
      #expect(error?.retryAfter == .seconds(300))
      #expect(error?.isTransient == true)
      #expect(server.requests.count == 1)
    }
  }

  @Test func attemptsAreBounded() async throws {
    try await withServer(script: { _ in .failure(500, reason: "InternalError") }) { client, server in
      let error = await failure { () throws(KubernetesError) in _ = try await client.get(Namespace.self, name: "a") }
      #expect(error?.code == 500)
      #expect(error?.isAmbiguous == false)
      #expect(server.requests.count == 5)
    }
  }

  @Test func readsAreRepeatedAfterServerErrorsAndLostConnections() async throws {
    let answers = Answers([
      .failure(500, reason: "InternalError"), .drop, .failure(503, reason: "ServiceUnavailable"),
      .stream([.text("{"), .drop]), Self.ok,
    ])
    try await withServer(script: { _ in answers.next() }) { client, server in
      let object = try await client.get(Namespace.self, name: "a")
      #expect(object.metadata.name == "a")
      #expect(server.requests.count == 5)
    }
  }

  @Test(arguments: [
    ScriptedReply.drop, .failure(500, reason: "InternalError"), .failure(504, reason: "Timeout"),
    .stream([.text("{"), .drop]),
  ])
  func writesOfUnknownOutcomeAreNotRepeated(reply: ScriptedReply) async throws {
    try await withServer(script: { _ in reply }) { client, server in
      let error = try #require(
        await failure { () throws(KubernetesError) in
          _ = try await client.patch(Namespace.self, name: "a", patch: .merge([:]))
        })
      #expect(error.isAmbiguous)
      #expect(error.isTransient)
      #expect(server.requests.count == 1)
    }
  }

  @Test func aWriteThatNeverLeftIsNotAmbiguous() async throws {
    // Nothing listens there once the server is stopped.
    let server = try await ScriptedServer.start { _ in .silence }
    try await server.stop()
    let machine = FakeMachine()
    try await withClient(ClientConfiguration(server: server.url), machine: machine) { client in
      let error = try #require(
        await failure { () throws(KubernetesError) in
          _ = try await client.create(Namespace(metadata: ObjectMeta(name: "a")))
        })
      #expect(error.cause == .connection)
      #expect(!error.isAmbiguous)
      #expect(machine.sleeps.count == 4)
    }
  }

  @Test func aRequestThatTimesOutReplacesItsConnection() async throws {
    let options = ClientOptions(requestTimeout: .seconds(1), retry: RetryOptions(attempts: 2))
    let script: ScriptedServer.Script = { request in request.connection == 1 ? .silence : Self.ok }
    try await withServer(options: options, script: script) { client, server in
      _ = try await client.get(Namespace.self, name: "a")
      #expect(server.requests.map(\.connection) == [1, 2])
      try await eventually("the first connection is closed") { server.openConnections == 1 ? true : nil }
    }
  }

  @Test func aWriteThatTimesOutIsAmbiguous() async throws {
    let options = ClientOptions(requestTimeout: .milliseconds(200))
    try await withServer(options: options, script: { _ in .silence }) { client, server in
      let error = await failure { () throws(KubernetesError) in
        _ = try await client.create(Namespace(metadata: ObjectMeta(name: "a")))
      }
      #expect(error?.isTimeout == true)
      #expect(error?.isAmbiguous == true)
      #expect(server.requests.count == 1)
    }
  }

  @Test func aBodyThatStopsHalfwayTimesOut() async throws {
    let options = ClientOptions(requestTimeout: .milliseconds(200), retry: RetryOptions(attempts: 1))
    try await withServer(options: options, script: { _ in .stream([.text("{"), .silence]) }) { client, _ in
      let error = await failure { () throws(KubernetesError) in _ = try await client.get(Namespace.self, name: "a") }
      #expect(error?.isTimeout == true)
    }
  }

  @Test func requestsInFlightAreBounded() async throws {
    let gauge = Gauge()
    let script: ScriptedServer.Script = { _ in
      gauge.begin()
      for _ in 0..<20 { await Task.yield() }
      gauge.end()
      return Self.ok
    }
    try await withServer(options: ClientOptions(maxRequestsInFlight: 3), script: script) { client, server in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<40 {
          group.addTask { _ = try await client.get(Namespace.self, name: "a") }
        }
        try await group.waitForAll()
      }
      #expect(server.requests.count == 40)
    }
    #expect((1...3).contains(gauge.most))
  }
}
