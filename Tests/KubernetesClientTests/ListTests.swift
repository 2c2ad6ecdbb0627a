import KubernetesClient
import TestSupport
import Testing

@Suite struct ListTests {
  private static func page(_ names: [String], version: String, token: String? = nil) -> String {
    let metadata = #"{"resourceVersion":"\#(version)"\#(token.map { #","continue":"\#($0)""# } ?? "")}"#
    let items = names.map { #"{"metadata":{"name":"\#($0)"}}"# }.joined(separator: ",")
    return #"{"kind":"NamespaceList","apiVersion":"v1","metadata":\#(metadata),"items":[\#(items)]}"#
  }

  @Test func allPages() async throws {
    let script: ScriptedServer.Script = { request in
      switch request.query["continue"] {
      case nil: .text(Self.page(["a", "b"], version: "9", token: "t=1"))
      case "t%3D1": .text(Self.page(["c"], version: "9", token: "t2"))
      default: .text(Self.page(["d"], version: "9"))
      }
    }
    try await withServer(script: script) { client, server in
      let all = try await client.listAll(
        Namespace.self,
        options: ListOptions(labelSelector: "a in (b,c)", resourceVersion: "0", resourceVersionMatch: "NotOlderThan"))
      #expect(all.items.map(\.key.name) == ["a", "b", "c", "d"])
      #expect(all.resourceVersion == "9")
      #expect(all.continueToken == nil)
      let queries = server.requests.map(\.query)
      #expect(queries.map { $0["limit"] } == ["500", "500", "500"])
      #expect(queries.map { $0["labelSelector"] } == Array(repeating: "a%20in%20%28b%2Cc%29", count: 3))
      #expect(queries.map { $0["resourceVersion"] } == ["0", nil, nil])
      #expect(queries.map { $0["resourceVersionMatch"] } == ["NotOlderThan", nil, nil])
    }
  }

  @Test func onePageKeepsItsToken() async throws {
    try await withServer(script: { _ in .text(Self.page(["a"], version: "9", token: "next")) }) { client, server in
      let page = try await client.list(
        Namespace.self, options: ListOptions(fieldSelector: "metadata.name=a", limit: 1))
      #expect(page.continueToken == "next")
      #expect(server.requests.first?.query == ["fieldSelector": "metadata.name%3Da", "limit": "1"])
    }
  }

  @Test func anExpiredTokenIsClassified() async throws {
    let script: ScriptedServer.Script = { request in
      request.query["continue"] == nil
        ? .text(Self.page(["a"], version: "9", token: "old")) : .failure(410, reason: "Expired")
    }
    try await withServer(script: script) { client, server in
      let error = await failure { () throws(KubernetesError) in _ = try await client.listAll(Namespace.self) }
      #expect(error?.isExpired == true)
      #expect(error?.isTransient == false)
      #expect(server.requests.count == 2)
    }
  }

  @Test func aTokenThatLeadsNowhereEnds() async throws {
    try await withServer(script: { _ in .text(Self.page(["a"], version: "9", token: "same")) }) { client, server in
      let error = await failure { () throws(KubernetesError) in _ = try await client.listAll(Namespace.self) }
      #expect(error?.cause == .decoding)
      #expect(server.requests.count == 2)
    }
  }

  @Test func namespacedLists() async throws {
    let empty = #"{"metadata":{"resourceVersion":"1"},"items":null}"#
    try await withServer(script: { _ in .text(empty) }) { client, server in
      let one = try await client.list(Pod.self, namespace: "n")
      let all = try await client.list(Pod.self)
      #expect(one.items.isEmpty && all.items.isEmpty)
      #expect(server.requests.map(\.target) == ["/api/v1/namespaces/n/pods", "/api/v1/pods"])
    }
  }

  @Test func anUndecodableItemIsNamed() async throws {
    let body = """
      {"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"a","namespace":"n"}},
      {"metadata":{"name":"bad","namespace":"n"},"spec":{"nodeName":7}}]}
      """
    try await withServer(script: { _ in .text(body) }) { client, _ in
      let error = try #require(
        await failure { () throws(KubernetesError) in _ = try await client.list(Pod.self) })
      #expect(error.cause == .decoding)
      #expect(error.message.contains("Pod n/bad can't be decoded"))
      #expect(error.message.contains("nodeName"))
    }
  }
}
