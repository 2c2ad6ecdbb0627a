import Foundation
import KubernetesClient
import Synchronization
import TestSupport
import Testing

@Suite struct CredentialTests {
  @Test func aRefusedTokenIsReadAgain() async throws {
    let valid = Holder("one")
    let machine = FakeMachine()
    machine.write("one\n", to: "/token")
    try await withServer(machine: machine, authentication: .token(.file("/token")), script: valid.script) {
      client, server in
      _ = try await client.get(Namespace.self, name: "a")
      machine.write("two", to: "/token")
      valid.set("two")
      _ = try await client.get(Namespace.self, name: "a")
      #expect(
        server.requests.map { $0.header("Authorization") } == ["Bearer one", "Bearer one", "Bearer two"])
    }
  }

  @Test func anUnchangedTokenIsTriedOnce() async throws {
    let machine = FakeMachine()
    machine.write("one", to: "/token")
    try await withServer(machine: machine, authentication: .token(.file("/token")), script: Holder("x").script) {
      client, server in
      let error = await failure { () throws(KubernetesError) in _ = try await client.get(Namespace.self, name: "a") }
      #expect(error?.isUnauthorized == true)
      #expect(server.requests.count == 1)
    }
  }

  @Test func aTokenIsReadAgainAfterAMinute() async throws {
    let machine = FakeMachine()
    machine.write("one", to: "/token")
    let script: ScriptedServer.Script = { _ in .text(namespaceJSON("a")) }
    try await withServer(machine: machine, authentication: .token(.file("/token")), script: script) {
      client, server in
      _ = try await client.get(Namespace.self, name: "a")
      machine.write("two", to: "/token")
      machine.advance(by: .seconds(50))
      _ = try await client.get(Namespace.self, name: "a")
      machine.advance(by: .seconds(11))
      _ = try await client.get(Namespace.self, name: "a")
      #expect(
        server.requests.map { $0.header("Authorization") } == ["Bearer one", "Bearer one", "Bearer two"])
    }
  }

  @Test(arguments: ["", "a b", " \n"])
  func tokensThatAreNone(text: String) async throws {
    let machine = FakeMachine()
    machine.write(text, to: "/token")
    try await withServer(machine: machine, authentication: .token(.file("/token")), script: { _ in .silence }) {
      client, server in
      let error = await failure { () throws(KubernetesError) in _ = try await client.get(Namespace.self, name: "a") }
      #expect(error?.cause == .credentials)
      #expect(server.requests.isEmpty)
    }
  }

  @Test func basic() async throws {
    let authentication = Authentication.basic(username: "me", password: SecretData("pä:ss"))
    try await withServer(authentication: authentication, script: { _ in .text(namespaceJSON("a")) }) {
      client, server in
      _ = try await client.get(Namespace.self, name: "a")
      let expected = Data("me:pä:ss".utf8).base64EncodedString()
      #expect(server.requests.first?.header("Authorization") == "Basic \(expected)")
    }
  }

  // MARK: Plugins

  /// Writes `script` into a new folder, runs `body` with its path and removes it.
  private func withPlugin(_ script: String, _ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "plugin-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "login")
    try Data("#!/bin/sh\n\(script)\n".utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    try await body(file.path)
  }

  private static func answer(_ status: String) -> String {
    #"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":\#(status)}"#
  }

  @Test func aPluginGetsItsInputAndIsRunOnce() async throws {
    let script = """
      echo "$KUBERNETES_EXEC_INFO" > "$0.info"
      echo "run" >> "$0.runs"
      echo '\(Self.answer(#"{"token":"'"$1-$WHO"'"}"#))'
      """
    try await withPlugin(script) { path in
      let machine = FakeMachine()
      machine.set("PATH", "/usr/bin:/bin")
      let quiet: ScriptedServer.Script = { _ in .text(namespaceJSON("a")) }
      // A shell in between would make something else of the argument.
      let plugin = ExecPlugin(
        command: path, arguments: ["$(echo x)"], environment: ["WHO": "me"], providesClusterInfo: true,
        clusterConfig: ["audience": "x"])
      try await withServer(machine: machine, authentication: .exec(plugin), script: quiet) { client, server in
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<5 { group.addTask { _ = try await client.get(Namespace.self, name: "a") } }
          try await group.waitForAll()
        }
        #expect(Set(server.requests.map { $0.header("Authorization") }) == ["Bearer $(echo x)-me"])
        let info = try JSONDecoder().decode(
          JSONValue.self, from: Data(contentsOf: URL(filePath: "\(path).info")))
        #expect(info["kind"] == "ExecCredential")
        #expect(info["apiVersion"] == "client.authentication.k8s.io/v1")
        #expect(info["spec"]?["interactive"] == false)
        #expect(info["spec"]?["cluster"]?["server"] == .string(server.url))
        #expect(info["spec"]?["cluster"]?["config"] == ["audience": "x"])
      }
      #expect(try String(contentsOfFile: "\(path).runs", encoding: .utf8) == "run\n")
    }
  }

  @Test func expiredAndRefusedCredentialsAreFetchedAgain() async throws {
    let script = """
      echo x >> "$0.runs"
      runs=$(wc -l < "$0.runs")
      echo '\(Self.answer(#"{"token":"'"t$runs"'","expirationTimestamp":"2999-01-01T00:00:00Z"}"#))'
      """
    try await withPlugin(script) { path in
      let valid = Holder("t1")
      let machine = FakeMachine()
      machine.set("PATH", "/usr/bin:/bin")
      try await withServer(
        machine: machine, authentication: .exec(ExecPlugin(command: path)), script: valid.script
      ) { client, server in
        _ = try await client.get(Namespace.self, name: "a")
        valid.set("t2")
        _ = try await client.get(Namespace.self, name: "a")
        valid.set("t3")
        machine.advance(by: .seconds(86_400 * 365 * 980))
        _ = try await client.get(Namespace.self, name: "a")
        #expect(server.requests.compactMap { $0.header("Authorization")?.last } == ["1", "1", "2", "3"])
      }
    }
  }

  @Test(arguments: [
    ("exit 3", "ended with status 3"), ("kill -9 $$", "was killed by signal 9"),
    ("echo secret", "printed no ExecCredential"),
    ("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\"}'", "other than"),
    ("echo '\(answer("{}"))'", "neither a token nor"),
    ("echo '\(answer(#"{"token":""}"#))'", "neither a token nor"),
    ("echo '\(answer(#"{"clientKeyData":"x"}"#))'", "without its certificate"),
    ("exec sleep 60", "wasn't done after 200ms"), ("(sleep 60) & echo x", "wasn't done after 200ms"),
    ("exec >&-; exec sleep 60", "wasn't done after 200ms"),
    ("head -c 2000000 /dev/zero", "printed more than"),
  ])
  func pluginsThatFail(script: String, message: String) async throws {
    try await withPlugin(script) { path in
      let machine = FakeMachine()
      machine.set("PATH", "/usr/bin:/bin")
      let isSlow = message.contains("200ms")
      let plugin = ExecPlugin(
        command: path, installHint: "install it", timeout: isSlow ? .milliseconds(200) : .seconds(30))
      try await withServer(machine: machine, authentication: .exec(plugin), script: { _ in .silence }) {
        client, server in
        let error = try #require(
          await failure { () throws(KubernetesError) in _ = try await client.get(Namespace.self, name: "a") })
        #expect(error.cause == .credentials)
        #expect(error.message.contains(message))
        #expect(!error.message.contains("secret"))
        #expect(!error.message.contains("install it"))
        #expect(server.requests.isEmpty)
      }
    }
  }

  @Test func aMissingPluginTellsHowToGetIt() async throws {
    let plugin = ExecPlugin(command: "no-such-program-anywhere", installHint: "install it so")
    try await withServer(authentication: .exec(plugin), script: { _ in .silence }) { client, _ in
      let error = try #require(
        await failure { () throws(KubernetesError) in _ = try await client.get(Namespace.self, name: "a") })
      #expect(error.cause == .credentials)
      #expect(error.message.hasSuffix("install it so"))
      #expect(error.message.contains("no-such-program-anywhere: can't be started"))
    }
  }
}

/// A server that accepts one token, which can change.
private final class Holder: Sendable {
  private let token: Mutex<String>

  init(_ token: String) {
    self.token = Mutex(token)
  }

  func set(_ token: String) {
    self.token.withLock { $0 = token }
  }

  var script: ScriptedServer.Script {
    { request in
      request.header("Authorization") == "Bearer \(self.token.withLock { $0 })"
        ? .text(namespaceJSON("a")) : .failure(401, reason: "Unauthorized")
    }
  }
}
