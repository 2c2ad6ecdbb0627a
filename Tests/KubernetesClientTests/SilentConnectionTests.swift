import KubernetesClient
import TestSupport
import Testing

/// Packets vanish in both directions, and nobody says that the connection is over.
@Suite(.timeLimit(.minutes(1)))
struct SilentConnectionTests {
  private static let options = ClientOptions(
    requestTimeout: .seconds(5), idleTimeout: .seconds(3), drainTimeout: .milliseconds(200))

  private static let script: ScriptedServer.Script = { request in
    request.query["watch"] == nil
      ? .text(namespaceJSON("a")) : .stream([.text(eventJSON("ADDED", namespaceJSON("a"))), .silence])
  }

  /// Runs `body` with a client whose connections go through a relay.
  private func withRelay(
    _ protocolName: String, _ body: @escaping (KubernetesClient, ScriptedServer, Relay) async throws -> Void
  ) async throws {
    try await CertificateAuthority.with { authority in
      let tls = try authority.serverTLS(protocols: [protocolName])
      try await ScriptedServer.with(tls: tls, script: Self.script) { server in
        try await Relay.with(target: server.port) { relay in
          let configuration = ClientConfiguration(
            server: "https://127.0.0.1:\(relay.port)",
            tls: TLSOptions(
              certificateAuthority: .file(authority.path("ca.crt")),
              clientCertificate: .file(authority.path("client.crt")), clientKey: .file(authority.path("client.key")),
              serverName: "api.test"))
          try await withClient(configuration, options: Self.options) { client in
            try await body(client, server, relay)
          }
        }
      }
    }
  }

  @Test(arguments: ["h2", "http/1.1"])
  func aReadIsAnsweredOnANewConnection(protocolName: String) async throws {
    try await withRelay(protocolName) { client, server, relay in
      _ = try await client.get(Namespace.self, name: "a")
      let lost = server.connections
      relay.loseConnections()
      _ = try await client.get(Namespace.self, name: "a")
      #expect(try #require(server.requests.last).connection > lost)
    }
  }

  @Test(arguments: ["h2", "http/1.1"])
  func aWriteFailsAsAmbiguousAndTheNextOneIsSent(protocolName: String) async throws {
    try await withRelay(protocolName) { client, server, relay in
      _ = try await client.get(Namespace.self, name: "a")
      let lost = server.connections
      relay.loseConnections()
      let patch = Patch.merge(["metadata": ["labels": ["a": "b"]]])
      let error = await failure { () throws(KubernetesError) in
        _ = try await client.patch(Namespace.self, name: "a", patch: patch)
      }
      #expect(error?.isTimeout == true)
      #expect(error?.isAmbiguous == true)
      _ = try await client.patch(Namespace.self, name: "a", patch: patch)
      #expect(server.requests.filter { $0.method == "PATCH" }.count == 1)
      #expect(try #require(server.requests.last).connection > lost)
    }
  }

  @Test(arguments: ["h2", "http/1.1"])
  func aWatchEndsAndTheNextOneHasANewConnection(protocolName: String) async throws {
    try await withRelay(protocolName) { client, server, relay in
      var iterator = try await client.watch(Namespace.self, options: WatchOptions()).makeAsyncIterator()
      _ = try await iterator.next()
      let lost = server.connections
      relay.loseConnections()
      var silence: KubernetesError?
      do {
        #expect(try await iterator.next() == nil)
      } catch let error as KubernetesError {
        silence = error
      }
      #expect(silence?.isTimeout == true)
      iterator = try await client.watch(Namespace.self, options: WatchOptions()).makeAsyncIterator()
      #expect(try await iterator.next() != nil)
      #expect(try #require(server.requests.last(where: { $0.query["watch"] != nil })).connection > lost)
    }
  }

  /// A server that goes away in good order says so and finishes what runs: a watch loses nothing, and what is new goes
  /// to the other server.
  @Test func aServerThatDrains() async throws {
    let (pieces, feed) = AsyncStream<ScriptedReply.Piece>.makeStream()
    let script: ScriptedServer.Script = { $0.query["watch"] == nil ? .text(namespaceJSON("a")) : .stream(pieces) }
    try await CertificateAuthority.with { authority in
      let tls = try authority.serverTLS(protocols: ["h2"])
      try await ScriptedServer.with(tls: tls, script: script) { old in
        try await ScriptedServer.with(tls: tls, script: script) { new in
          try await Relay.with(target: old.port) { relay in
            let configuration = ClientConfiguration(
              server: "https://127.0.0.1:\(relay.port)",
              tls: TLSOptions(
                certificateAuthority: .file(authority.path("ca.crt")),
                clientCertificate: .file(authority.path("client.crt")),
                clientKey: .file(authority.path("client.key")), serverName: "api.test"))
            try await withClient(configuration) { client in
              var iterator = try await client.watch(Namespace.self, options: WatchOptions()).makeAsyncIterator()
              feed.yield(.text(eventJSON("ADDED", namespaceJSON("a"))))
              #expect(try await iterator.next() != nil)
              relay.redirect(to: new.port)
              try await old.drain()
              try await eventually("requests go to the new server") {
                _ = try await client.get(Namespace.self, name: "a")
                return new.requests.isEmpty ? nil : true
              }
              feed.yield(.text(eventJSON("MODIFIED", namespaceJSON("a"))))
              #expect(try await iterator.next() != nil)
              #expect(old.requests.filter { $0.query["watch"] != nil }.count == 1)
              #expect(new.requests.allSatisfy { $0.query["watch"] == nil })
            }
          }
        }
      }
    }
  }
}
