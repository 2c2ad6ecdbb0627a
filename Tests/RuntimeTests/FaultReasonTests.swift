import ContainerRuntime
import OCI
import TestSupport
import Testing

/// Every reason for which a pull fails, brought about by the fault itself.
@Suite(
  "Why pulls fail", .serialized, .enabled(if: Containerd.isThere, Comment(rawValue: Containerd.skipped)),
  .timeLimit(.minutes(2)))
struct FaultReasonTests {
  /// The error of a pull that can't go well.
  private func failure(
    _ containerd: Containerd, _ reference: String, as user: String? = nil,
    change: (inout CRIRuntimeOptions) -> Void = { _ in }
  ) async throws -> RuntimeError {
    let reference = try ImageReference(parsing: reference)
    let credentials = user.map {
      RegistryCredentials(.password(username: $0, password: "wrong"), serverAddress: reference.registry)
    }
    let runtime = try containerd.runtime(change: change)
    let error = await #expect(throws: RuntimeError.self) {
      _ = try await runtime.pull(PullRequest(reference: reference, credentials: credentials)) { _ in }
    }
    return try #require(error)
  }

  private func expect(_ error: RuntimeError, _ reason: PullFailureReason, says words: String...) {
    #expect(error.reason == reason, "\(error.message)")
    for word in words { #expect(error.message.contains(word), "\(error.message)") }
  }

  @Test("not found, wrong platform", arguments: Containerd.programs)
  func plain(program: String) async throws {
    try await Registry.with { registry in
      try registry.pushConformanceImages()
      try await Containerd.with(program) { containerd in
        try containerd.trust(registry.host, by: "http")
        let host = registry.host
        expect(try await failure(containerd, "\(host)/missing:1"), .notFound, says: "\(host)/missing:1", "not found")
        expect(try await failure(containerd, "\(host)/second:none"), .notFound, says: "second:none", "not found")
        expect(try await failure(containerd, "\(host)/other:1"), .wrongPlatform, says: "linux/", "platform")
      }
    }
  }

  @Test("without a login, and with a wrong one", arguments: Containerd.programs)
  func login(program: String) async throws {
    try await Registry.with(.login) { registry in
      try await Containerd.with(program) { containerd in
        try containerd.trust(registry.host, by: "http")
        for user in [nil, "user"] {
          let error = try await failure(containerd, "\(registry.host)/secret:1", as: user)
          expect(error, .unauthorized, says: registry.host)
          #expect(!error.message.contains("wrong"))
        }
      }
    }
  }

  @Test("a certificate that nobody trusts, and plain HTTP where TLS is expected", arguments: Containerd.programs)
  func certificate(program: String) async throws {
    try await Registry.with(.selfSigned) { registry in
      try await Registry.with(.plain) { plain in
        try await Containerd.with(program) { containerd in
          for host in [registry.host, plain.host] { try containerd.trust(host, by: "https") }
          expect(try await failure(containerd, "\(registry.host)/a:1"), .tls, says: registry.host, "certificate")
          expect(try await failure(containerd, "\(plain.host)/a:1"), .tls, says: plain.host, "HTTP")
        }
      }
    }
  }

  @Test(
    "a registry that forbids, that limits, and that is broken",
    arguments: Containerd.programs)
  func answers(program: String) async throws {
    let answers: [(Int, String, PullFailureReason)] = [
      (403, "DENIED", .forbidden), (429, "TOOMANYREQUESTS", .rateLimited), (500, "UNKNOWN", .other),
    ]
    for (status, code, reason) in answers {
      try await ScriptedServer.with { request in
        guard request.method != "HEAD" else { return .stream(status: status, headers: ["Connection": "close"], []) }
        return .text(#"{"errors":[{"code":"\#(code)","message":"as scripted"}]}"#, status: status)
      } _: { server in
        try await Containerd.with(program) { containerd in
          let host = "127.0.0.1:\(server.port)"
          try containerd.trust(host, by: "http")
          expect(try await failure(containerd, "\(host)/a:1"), reason, says: "\(status)")
        }
      }
    }
  }

  @Test("no such host, nobody there, nobody answers", arguments: Containerd.programs)
  func network(program: String) async throws {
    try await Containerd.with(program) { containerd in
      expect(
        try await failure(containerd, "no-such-host.invalid/a:1"), .dns, says: "no-such-host.invalid")
      let port = try freePort()
      expect(
        try await failure(containerd, "127.0.0.1:\(port)/a:1"), .connectionRefused, says: "127.0.0.1:\(port)", "refused"
      )
      let silent = try Listener(backlog: 0)
      silent.swallow()
      let error = try await failure(containerd, "127.0.0.1:\(silent.port)/a:1") { $0.pullTimeout = .seconds(2) }
      expect(error, .timeout, says: "127.0.0.1:\(silent.port)")
      let stuck = try await failure(containerd, "127.0.0.1:\(silent.port)/a:1") {
        $0.progressTimeout = .seconds(2)
      }
      expect(stuck, .timeout, says: "127.0.0.1:\(silent.port)")
    }
  }

  @Test("a disk that is full in the middle of the pull", arguments: Containerd.programs)
  func disk(program: String) async throws {
    try await Registry.with { registry in
      let images = try registry.push("large", count: 1, megabytes: 40)
      try await Containerd.with(program, megabytes: 30) { containerd in
        try containerd.trust(registry.host, by: "http")
        expect(try await failure(containerd, images[0]), .diskFull, says: "no space left on device")
      }
    }
  }
}
