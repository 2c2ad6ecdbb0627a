import KubernetesClient
import KubernetesRuntime
import TestSupport
import Testing

/// Many informers of one client, and what they ask of servers that go and come back.
@Suite(.timeLimit(.minutes(1)))
struct ServerLossTests {
  private static let widgets = "/apis/example.com/v1/widgets"

  /// Runs `body` with informers that are synced and follow through the relay.
  private func withInformers(
    _ count: Int, through relay: Relay, api: FakeAPI, options: ClientOptions = .init(),
    _ body: ([Informer<Widget>]) async throws -> Void
  ) async throws {
    let client = try KubernetesClient(
      configuration: ClientConfiguration(server: "http://127.0.0.1:\(relay.port)"), options: options, logger: quiet)
    let informers = (0..<count).map { _ in Informer(client: client, type: Widget.self, logger: quiet) }
    do {
      try await running(informers.map { informer in { try await informer.run() } }) {
        for informer in informers { try await informer.waitUntilSynced(deadline: .seconds(20)) }
        try await eventually("all watches are open") { api.watcherCount == count ? true : nil }
        try await body(informers)
      }
    } catch {
      try await client.shutdown()
      throw error
    }
    try await client.shutdown()
  }

  private func lists(_ server: ScriptedServer) -> Int {
    server.requests.filter { $0.path == Self.widgets && $0.query["watch"] == nil }.count
  }

  private func watches(_ server: ScriptedServer) -> [ScriptedRequest] {
    server.requests.filter { $0.query["watch"] != nil }
  }

  @Test func silenceEndsAndNothingIsListedAgain() async throws {
    let api = FakeAPI()
    try api.put(Widget("a"))
    try await ScriptedServer.with(script: api.script) { server in
      try await Relay.with(target: server.port) { relay in
        let options = ClientOptions(idleTimeout: .seconds(1), drainTimeout: .milliseconds(200))
        try await withInformers(3, through: relay, api: api, options: options) { informers in
          let before = relay.connections
          relay.loseConnections()
          try api.put(Widget("b"))
          try await eventually("all have heard of b") { informers.allSatisfy { $0.store.count == 2 } ? true : nil }
          #expect(lists(server) == 3)
          #expect(relay.connections > before)
          // From where they were: the list's version.
          #expect(Set(watches(server).compactMap { $0.query["resourceVersion"] }).isSubset(of: ["101", "102"]))
        }
      }
    }
  }

  /// Two servers behind one address, one of which goes away.
  @Test func aRollingUpgradeListsNothing() async throws {
    let api = FakeAPI()
    for number in 0..<10 { try api.put(Widget("w\(number)")) }
    let count = 20
    try await ScriptedServer.with(script: api.script) { new in
      let old = try await ScriptedServer.start(script: api.script)
      try await Relay.with(target: old.port) { relay in
        try await withInformers(count, through: relay, api: api) { informers in
          #expect(lists(old) == count)
          relay.redirect(to: new.port)
          try await old.stop()
          try api.put(Widget("x"))
          try await eventually("all have heard of x") { informers.allSatisfy { $0.store.count == 11 } ? true : nil }
          #expect(lists(new) == 0)
          #expect(watches(new).count == count)
        }
      }
    }
  }

  /// The server comes back without the changes that it had in memory: everything is listed once, not all at the same time.
  @Test func aServerThatForgotIsAskedOnce() async throws {
    let api = FakeAPI()
    try api.put(Widget("a"))
    let count = 20
    try await ScriptedServer.with(script: api.script) { server in
      try await Relay.with(target: server.port) { relay in
        try await withInformers(count, through: relay, api: api) { informers in
          api.compact()
          try api.put(Widget("b"))
          api.compact()
          api.endWatches(cleanly: true)
          try await eventually("all follow again") {
            lists(server) >= 2 * count && api.watcherCount == count ? true : nil
          }
          #expect(lists(server) == 2 * count)
          #expect(informers.allSatisfy { $0.store.count == 2 })
        }
      }
    }
  }
}
