import Foundation
import KubernetesClient
import Logging
import TestSupport
import Testing

@Suite struct RequestTests {
  private static let lease = #"{"kind":"Lease","metadata":{"name":"l","namespace":"n","resourceVersion":"2"}}"#

  /// Sends one request to a server that answers with `reply` and returns what it received.
  private func received(
    reply: String = lease, options: ClientOptions = .init(), _ body: (KubernetesClient) async throws -> Void
  ) async throws -> ScriptedRequest {
    try await withServer(options: options, script: { _ in .text(reply) }) { client, server in
      try await body(client)
      return try #require(server.requests.first)
    }
  }

  @Test func get() async throws {
    let request = try await received(options: ClientOptions(userAgent: "swiftlet/9.9")) { client in
      let lease = try await client.get(Lease.self, name: "l", namespace: "n")
      #expect(lease.metadata.resourceVersion == "2")
    }
    #expect(request.method == "GET")
    #expect(request.target == "/apis/coordination.k8s.io/v1/namespaces/n/leases/l")
    #expect(request.header("User-Agent") == "swiftlet/9.9")
    #expect(request.header("Accept") == "application/json")
    #expect(request.header("Authorization") == nil)
  }

  @Test func namesAreEncoded() async throws {
    let request = try await received { client in
      _ = try await client.get(Lease.self, name: "a b?c:ü", namespace: "n")
    }
    #expect(request.target == "/apis/coordination.k8s.io/v1/namespaces/n/leases/a%20b%3Fc%3A%C3%BC")
  }

  @Test(arguments: ["", ".", "..", "a/b", "a%2Fb"])
  func namesThatWouldMeanSomethingElseAreRefused(name: String) async throws {
    try await withServer(script: { _ in .silence }) { client, server in
      let error = await failure { () throws(KubernetesError) in
        try await client.delete(Lease.self, name: name, namespace: "n")
      }
      #expect(error?.cause == .invalidRequest)
      #expect(server.requests.isEmpty)
    }
  }

  @Test func kindsInNamespacesNeedOne() async throws {
    try await withServer(script: { _ in .silence }) { client, server in
      let error = await failure { () throws(KubernetesError) in _ = try await client.get(Lease.self, name: "l") }
      #expect(error?.cause == .invalidRequest)
      #expect(server.requests.isEmpty)
    }
  }

  @Test func updatesSendTheDifference() async throws {
    let old = Lease(
      metadata: ObjectMeta(name: "l", namespace: "n", resourceVersion: "7", labels: ["a": "1", "b": "2"]),
      spec: LeaseSpec(holderIdentity: "me", leaseDurationSeconds: 15))
    var new = old
    new.metadata.name = "other"
    new.metadata.resourceVersion = nil
    new.metadata.labels = ["a": "3"]
    new.spec?.holderIdentity = "you"
    let wanted = new
    let request = try await received { client in _ = try await client.update(old, to: wanted) }
    #expect(request.method == "PATCH")
    #expect(request.path == "/apis/coordination.k8s.io/v1/namespaces/n/leases/l")
    #expect(request.header("Content-Type") == "application/merge-patch+json")
    #expect(
      request.text
        == #"{"metadata":{"labels":{"a":"3","b":null},"resourceVersion":"7"},"spec":{"holderIdentity":"you"}}"#)
  }

  @Test func anUpdateThatChangesNothingSendsNothing() async throws {
    try await withServer(script: { _ in .silence }) { client, server in
      let lease = Lease(metadata: ObjectMeta(name: "l", namespace: "n", resourceVersion: "7"))
      _ = try await client.update(lease, to: lease, subresource: "status")
      #expect(server.requests.isEmpty)
    }
  }

  @Test func createAddsKindAndVersion() async throws {
    let request = try await received(options: ClientOptions(userAgent: "swiftlet/1 (x)")) { client in
      _ = try await client.create(
        Lease(metadata: ObjectMeta(name: "l", namespace: "n"), spec: LeaseSpec(holderIdentity: "me")),
        options: WriteOptions(dryRun: true))
    }
    #expect(request.method == "POST")
    #expect(request.path == "/apis/coordination.k8s.io/v1/namespaces/n/leases")
    #expect(request.query == ["fieldManager": "swiftlet", "dryRun": "All"])
    #expect(request.header("Content-Type") == "application/json")
    #expect(
      request.text
        == #"{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l","namespace":"n"},"#
        + #""spec":{"holderIdentity":"me"}}"#)
  }

  @Test func mergePatchOfTheStatus() async throws {
    let request = try await received { client in
      _ = try await client.patch(
        Lease.self, name: "l", namespace: "n", patch: .merge(["status": ["a": nil]]), subresource: "status",
        options: WriteOptions(fieldManager: "x"))
    }
    #expect(request.method == "PATCH")
    #expect(request.path == "/apis/coordination.k8s.io/v1/namespaces/n/leases/l/status")
    #expect(request.query == ["fieldManager": "x"])
    #expect(request.header("Content-Type") == "application/merge-patch+json")
    #expect(request.text == #"{"status":{"a":null}}"#)
  }

  @Test func jsonPatch() async throws {
    let request = try await received { client in
      let operations: [JSONPatchOperation] = [
        .test(path: "/a", value: 1), .add(path: "/b", value: nil), .remove(path: "/c"),
        .replace(path: "/d", value: ["x"]), .move(from: "/e", path: "/f"), .copy(from: "/g", path: "/h"),
      ]
      _ = try await client.patch(Lease.self, name: "l", namespace: "n", patch: .json(operations))
    }
    #expect(request.header("Content-Type") == "application/json-patch+json")
    #expect(
      request.text == #"[{"op":"test","path":"/a","value":1},{"op":"add","path":"/b","value":null},"#
        + #"{"op":"remove","path":"/c"},{"op":"replace","path":"/d","value":["x"]},"#
        + #"{"from":"/e","op":"move","path":"/f"},{"from":"/g","op":"copy","path":"/h"}]"#)
  }

  @Test func applyPatch() async throws {
    let request = try await received { client in
      _ = try await client.patch(
        Lease.self, name: "l", namespace: "n",
        patch: .apply(["spec": ["holderIdentity": "me"]], fieldManager: "owner", force: true))
    }
    #expect(request.header("Content-Type") == "application/apply-patch+yaml")
    #expect(request.query == ["fieldManager": "owner", "force": "true"])
    #expect(
      request.text == #"{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l"},"#
        + #""spec":{"holderIdentity":"me"}}"#)
  }

  @Test func deleteWithPreconditions() async throws {
    let request = try await received(reply: #"{"kind":"Status","status":"Success"}"#) { client in
      try await client.delete(
        Lease.self, name: "l", namespace: "n",
        options: DeleteOptions(
          propagation: .foreground, preconditionUID: "u", preconditionResourceVersion: "7",
          gracePeriod: .milliseconds(1500)))
    }
    #expect(request.method == "DELETE")
    #expect(
      request.text == #"{"apiVersion":"v1","gracePeriodSeconds":2,"kind":"DeleteOptions","#
        + #""preconditions":{"resourceVersion":"7","uid":"u"},"propagationPolicy":"Foreground"}"#)
  }

  @Test func serverVersion() async throws {
    let request = try await received(reply: #"{"major":"1","minor":"33","gitVersion":"v1.33.4","x":1}"#) { client in
      let version = try await client.serverVersion()
      #expect(version == ServerVersion(major: "1", minor: "33", gitVersion: "v1.33.4"))
    }
    #expect(request.target == "/version")
  }

  @Test func serverBelowAPath() async throws {
    try await ScriptedServer.with(script: { _ in .text(namespaceJSON("a")) }) { server in
      let configuration = ClientConfiguration(server: "\(server.url)/clusters/x/")
      try await withClient(configuration) { client in
        _ = try await client.get(Namespace.self, name: "a")
      }
      #expect(server.requests.map(\.target) == ["/clusters/x/api/v1/namespaces/a"])
    }
  }

  /// Status code, its reason, and the classifier that must say so.
  @Test(
    arguments: [
      (404, "NotFound", \KubernetesError.isNotFound), (409, "Conflict", \.isConflict),
      (409, "AlreadyExists", \.isAlreadyExists), (410, "Expired", \.isExpired), (403, "Forbidden", \.isForbidden),
      (401, "Unauthorized", \.isUnauthorized), (422, "Invalid", \.isInvalid),
      (405, "MethodNotAllowed", \.isMethodNotAllowed),
      (504, "Timeout", \.isTimeout), (429, "TooManyRequests", \.isTooManyRequests),
    ] as [(Int, String, any KeyPath<KubernetesError, Bool> & Sendable)])
  func statusErrors(code: Int, reason: String, classifier: any KeyPath<KubernetesError, Bool> & Sendable) async throws {
    let options = ClientOptions(retry: RetryOptions(attempts: 1))
    try await withServer(options: options, script: { _ in .failure(code, reason: reason, message: "why") }) {
      client, _ in
      let error = try #require(
        await failure { () throws(KubernetesError) in _ = try await client.get(Namespace.self, name: "a") })
      #expect(error[keyPath: classifier])
      #expect(error.code == code)
      #expect(error.reason == reason)
      #expect(error.message == "why")
      #expect(error.description == "get namespaces/a: why (\(code) \(reason))")
      #expect(error.isConflict == (reason == "Conflict"))
    }
  }

  @Test func causesAreNamed() async throws {
    let body = """
      {"kind":"Status","status":"Failure","message":"it is invalid","reason":"Invalid","code":422,"details":{"causes":[
      {"reason":"FieldValueRequired","message":"Required value","field":"spec.images"},{"message":"is invalid"}]}}
      """
    try await withServer(script: { _ in .text(body, status: 422) }) { client, _ in
      let error = try #require(
        await failure { () throws(KubernetesError) in _ = try await client.get(Namespace.self, name: "a") })
      #expect(error.message == "it is invalid [spec.images: Required value]")
    }
  }

  @Test func answersThatAreNoStatusAreErrorsToo() async throws {
    try await withServer(script: { _ in .text("<html>\nnope", status: 403) }) { client, _ in
      let error = try #require(
        await failure { () throws(KubernetesError) in _ = try await client.get(Namespace.self, name: "a") })
      #expect(error.isForbidden)
      #expect(error.message == "Forbidden: <html>")
    }
  }

  @Test func tooLongAnswers() async throws {
    let options = ClientOptions(maxResponseBytes: 1000)
    try await withServer(options: options, script: { _ in .text(String(repeating: " ", count: 1001)) }) { client, _ in
      let error = await failure { () throws(KubernetesError) in _ = try await client.get(Namespace.self, name: "a") }
      #expect(error?.cause == .decoding)
    }
  }

  @Test func afterShutdown() async throws {
    try await withServer(script: { _ in .silence }) { client, server in
      try await client.shutdown()
      let error = await failure { () throws(KubernetesError) in _ = try await client.get(Namespace.self, name: "a") }
      #expect(error?.cause == .shutDown)
      #expect(server.requests.isEmpty)
    }
  }

  @Test func shutdownEndsRunningRequests() async throws {
    try await withServer(script: { _ in .silence }) { client, server in
      async let error = failure { () throws(KubernetesError) in _ = try await client.get(Namespace.self, name: "a") }
      try await eventually("the request is there") { server.requests.isEmpty ? nil : true }
      try await client.shutdown()
      #expect(await error?.cause == .shutDown)
    }
  }

  @Test func cancellationEndsARequest() async throws {
    try await withServer(script: { _ in .silence }) { client, server in
      let task = Task { try await client.get(Namespace.self, name: "a") }
      try await eventually("the request is there") { server.requests.isEmpty ? nil : true }
      task.cancel()
      let error = await task.result
      if case .failure(let error as KubernetesError) = error {
        #expect(error.isCancelled)
      } else {
        Issue.record("no such error: \(error)")
      }
      try await eventually("the connection is closed") { server.openConnections == 0 ? true : nil }
    }
  }

  @Test(arguments: ["", "https://", "ftp://x", "https://u:p@x", "https://x?y", "https://[::1"])
  func serversThatAreNone(server: String) {
    #expect(throws: ConfigurationError.self) {
      try KubernetesClient(configuration: ClientConfiguration(server: server), logger: Logger(label: "test"))
    }
  }
}
