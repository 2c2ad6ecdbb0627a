import Foundation
import KubernetesClient
import NIOSSL
import TestSupport
import Testing

@Suite struct TLSTests {
  private static func options(_ authority: CertificateAuthority) -> TLSOptions {
    TLSOptions(
      certificateAuthority: .file(authority.path("ca.crt")), clientCertificate: .file(authority.path("client.crt")),
      clientKey: .file(authority.path("client.key")), serverName: "api.test")
  }

  @Test(arguments: [["h2", "http/1.1"], ["http/1.1"]])
  func clientCertificateAndServerName(protocols: [String]) async throws {
    try await CertificateAuthority.with { authority in
      let tls = try authority.serverTLS(protocols: protocols)
      try await ScriptedServer.with(tls: tls, script: { _ in .text(namespaceJSON("a")) }) { server in
        let configuration = ClientConfiguration(
          server: "https://127.0.0.1:\(server.port)", tls: Self.options(authority))
        try await withClient(configuration) { client in
          _ = try await client.get(Namespace.self, name: "a")
        }
        let request = try #require(server.requests.first)
        #expect(request.isHTTP2 == protocols.contains("h2"))
        #expect(request.header("Host") == "127.0.0.1:\(server.port)")
      }
    }
  }

  @Test func wrongServers() async throws {
    try await CertificateAuthority.with { authority in
      let tls = try authority.serverTLS()
      try await ScriptedServer.with(tls: tls, script: { _ in .text(namespaceJSON("a")) }) { server in
        var misnamed = Self.options(authority)
        misnamed.serverName = "other.test"
        var unknown = Self.options(authority)
        unknown.certificateAuthority = nil
        var anonymous = Self.options(authority)
        (anonymous.clientCertificate, anonymous.clientKey) = (nil, nil)
        for options in [misnamed, unknown, anonymous] {
          let configuration = ClientConfiguration(server: "https://127.0.0.1:\(server.port)", tls: options)
          try await withClient(configuration) { client in
            let error = await failure { () throws(KubernetesError) in
              _ = try await client.get(Namespace.self, name: "a")
            }
            #expect(error?.cause == .connection, "\(options)")
          }
        }
        #expect(server.requests.isEmpty)
        var insecure = misnamed
        (insecure.certificateAuthority, insecure.isInsecure) = (nil, true)
        let configuration = ClientConfiguration(server: "https://127.0.0.1:\(server.port)", tls: insecure)
        try await withClient(configuration) { client in _ = try await client.get(Namespace.self, name: "a") }
      }
    }
  }

  @Test func theAddressIsCheckedWithoutAServerName() async throws {
    try await CertificateAuthority.with { authority in
      try await ScriptedServer.with(tls: try authority.serverTLS("address"), script: { _ in .text(namespaceJSON("a")) })
      { server in
        var options = Self.options(authority)
        options.serverName = nil
        let configuration = ClientConfiguration(server: "https://127.0.0.1:\(server.port)", tls: options)
        try await withClient(configuration) { client in _ = try await client.get(Namespace.self, name: "a") }
      }
    }
  }

  /// With a name of its own in the configuration, a certificate for the server's address isn't enough.
  @Test(arguments: ["h2", "http/1.1"])
  func anAddressIsNoServerName(protocolName: String) async throws {
    try await CertificateAuthority.with { authority in
      let tls = try authority.serverTLS("address", protocols: [protocolName])
      try await ScriptedServer.with(tls: tls, script: { _ in .text(namespaceJSON("a")) }) { server in
        let configuration = ClientConfiguration(
          server: "https://127.0.0.1:\(server.port)", tls: Self.options(authority))
        try await withClient(configuration) { client in
          let error = await failure { () throws(KubernetesError) in _ = try await client.get(Namespace.self, name: "a")
          }
          #expect(error?.cause == .connection)
          #expect(error?.message == "the server's certificate isn't one for api.test")
          #expect(server.requests.isEmpty)
          try await eventually("its connections are closed") { server.openConnections == 0 ? true : nil }
        }
      }
    }
  }

  @Test func authoritiesOfTheSystemCanBeNamed() async throws {
    try await CertificateAuthority.with { authority in
      try await ScriptedServer.with(tls: try authority.serverTLS(), script: { _ in .text(namespaceJSON("a")) }) {
        server in
        let machine = FakeMachine()
        machine.set("SSL_CERT_FILE", authority.path("ca.crt"))
        var options = Self.options(authority)
        options.certificateAuthority = nil
        let configuration = ClientConfiguration(server: "https://127.0.0.1:\(server.port)", tls: options)
        try await withClient(configuration, machine: machine) { client in
          _ = try await client.get(Namespace.self, name: "a")
        }
      }
    }
  }

  @Test func aNewAuthorityIsPickedUp() async throws {
    try await CertificateAuthority.with { old in
      try await CertificateAuthority.with { new in
        try await ScriptedServer.with(tls: try new.serverTLS(), script: { _ in .text(namespaceJSON("a")) }) { server in
          let machine = FakeMachine()
          machine.write(try old.text("ca.crt"), to: "/ca.crt")
          var options = Self.options(new)
          options.certificateAuthority = .file("/ca.crt")
          let configuration = ClientConfiguration(server: "https://127.0.0.1:\(server.port)", tls: options)
          try await withClient(configuration, machine: machine) { client in
            let error = await failure { () throws(KubernetesError) in
              _ = try await client.get(Namespace.self, name: "a")
            }
            #expect(error?.cause == .connection)
            machine.write(try new.text("ca.crt"), to: "/ca.crt")
            machine.advance(by: .seconds(61))
            _ = try await client.get(Namespace.self, name: "a")
          }
        }
      }
    }
  }

  @Test func certificatesThatAreNone() async throws {
    try await CertificateAuthority.with { authority in
      var options = Self.options(authority)
      options.clientKey = .inline(SecretData("hunter2"))
      try await withClient(ClientConfiguration(server: "https://127.0.0.1:1", tls: options)) { client in
        let error = try #require(
          await failure { () throws(KubernetesError) in _ = try await client.get(Namespace.self, name: "a") })
        #expect(error.cause == .credentials)
        #expect(error.message == "client-key: isn't valid PEM")
      }
    }
  }

  @Test func changedCertificatesReplaceTheConnections() async throws {
    try await CertificateAuthority.with { authority in
      try await ScriptedServer.with(tls: try authority.serverTLS(), script: { _ in .text(namespaceJSON("a")) }) {
        server in
        let machine = FakeMachine()
        let (certificate, key) = (try authority.text("client.crt"), try authority.text("client.key"))
        machine.write(certificate, to: "/client.crt")
        machine.write(key, to: "/client.key")
        var options = Self.options(authority)
        (options.clientCertificate, options.clientKey) = (.file("/client.crt"), .file("/client.key"))
        let configuration = ClientConfiguration(server: "https://127.0.0.1:\(server.port)", tls: options)
        try await withClient(configuration, machine: machine) { client in
          for _ in 0..<3 { _ = try await client.get(Namespace.self, name: "a") }
          #expect(server.connections == 1)
          machine.write(certificate + "\n", to: "/client.crt")
          machine.advance(by: .seconds(61))
          _ = try await client.get(Namespace.self, name: "a")
          #expect(server.connections == 2)
          try await eventually("the first connection is closed") { server.openConnections == 1 ? true : nil }
        }
      }
    }
  }

  @Test func aPluginsCertificateIsUsed() async throws {
    try await CertificateAuthority.with { authority in
      try await ScriptedServer.with(tls: try authority.serverTLS(), script: { _ in .text(namespaceJSON("a")) }) {
        server in
        let status: JSONValue = [
          "clientCertificateData": .string(try authority.text("client.crt")),
          "clientKeyData": .string(try authority.text("client.key")),
        ]
        let answer: JSONValue = [
          "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status,
        ]
        try JSONValue.canonicalData(answer).write(to: URL(filePath: authority.path("answer.json")))
        var options = Self.options(authority)
        (options.clientCertificate, options.clientKey) = (nil, nil)
        let configuration = ClientConfiguration(
          server: "https://127.0.0.1:\(server.port)", tls: options,
          authentication: .exec(ExecPlugin(command: "cat", arguments: [authority.path("answer.json")])))
        try await withClient(configuration) { client in _ = try await client.get(Namespace.self, name: "a") }
        #expect(server.requests.count == 1)
      }
    }
  }

  /// With HTTP/2 a silent watch asks whether the connection lives before all others lose theirs.
  @Test(arguments: [true, false])
  func silentWatchesOverHTTP2(isAlive: Bool) async throws {
    let options = ClientOptions(requestTimeout: .seconds(2), idleTimeout: .milliseconds(500))
    let script: ScriptedServer.Script = { request in
      if request.query["watch"] != nil { return .stream([.text(eventJSON("ADDED", namespaceJSON("a"))), .silence]) }
      return request.path == "/version" && !isAlive ? .silence : .text(namespaceJSON("a"))
    }
    try await CertificateAuthority.with { authority in
      try await ScriptedServer.with(tls: try authority.serverTLS(), script: script) { server in
        let configuration = ClientConfiguration(
          server: "https://127.0.0.1:\(server.port)", tls: Self.options(authority))
        try await withClient(configuration, options: options) { client in
          let stream = try await client.watch(Namespace.self, options: WatchOptions())
          let before = server.connections
          let error = await failure { () throws(KubernetesError) in
            for try await _ in stream {}
          }
          #expect(error == nil || error?.isTimeout == true)
          #expect((error == nil) == isAlive)
          _ = try await client.get(Namespace.self, name: "a")
          #expect(server.connections == before + (isAlive ? 0 : 1))
          #expect(server.requests.contains { $0.path == "/version" && $0.header("Authorization") == nil })
        }
      }
    }
  }
}
