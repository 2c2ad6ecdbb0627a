import KubernetesClient
import KubernetesRuntime
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FinalizerTests {
  private static let path = "/apis/example.com/v1/widgets/a"
  private static let name = "example.com/clean"

  private func finalizers(_ api: FakeAPI) -> [String]? {
    api.object(Self.path)?["metadata"]?["finalizers"]?.array?.compactMap(\.string)
  }

  private func current(_ client: KubernetesClient) async throws -> Widget {
    try await client.get(Widget.self, name: "a")
  }

  @Test func addsAndRemoves() async throws {
    try await withAPI { api, client, server in
      try api.put(Widget("a", value: 7))
      let held = try await Finalizers.add(Self.name, to: try await current(client), client: client)
      #expect(held.metadata.finalizers == [Self.name])
      #expect(finalizers(api) == [Self.name])
      let writes = server.requests.count
      _ = try await Finalizers.add(Self.name, to: held, client: client)
      #expect(server.requests.count == writes, "nothing to do, no request")
      let freed = try await Finalizers.remove(Self.name, from: held, client: client)
      #expect(freed?.metadata.finalizers == [])
      #expect(freed?.value == 7)
    }
  }

  @Test func othersAreFaster() async throws {
    try await withAPI { api, client, _ in
      try api.put(Widget("a"))
      let stale = try await current(client)
      api.beforeNextWrite { api in
        var object = api.object(Self.path) ?? .null
        object["metadata"]?["finalizers"] = ["example.com/other"]
        api.put(Self.path, object)
      }
      let held = try await Finalizers.add(Self.name, to: stale, client: client)
      #expect(held.metadata.finalizers == ["example.com/other", Self.name])
      // Somebody takes one away before ours: the place in the list is another one then.
      api.beforeNextWrite { api in
        var object = api.object(Self.path) ?? .null
        object["metadata"]?["finalizers"] = [.string(Self.name), "example.com/third"]
        api.put(Self.path, object)
      }
      try await Finalizers.remove(Self.name, from: held, client: client)
      #expect(finalizers(api) == ["example.com/third"])
    }
  }

  @Test func aMissingObjectIsNoErrorForRemove() async throws {
    try await withAPI { api, client, _ in
      var widget = Widget("a")
      widget.metadata.finalizers = [Self.name]
      let freed = try await Finalizers.remove(Self.name, from: widget, client: client)
      #expect(freed == nil)
      await #expect { try await Finalizers.add(Self.name, to: Widget("a"), client: client) } throws: { error in
        (error as? KubernetesError)?.isNotFound == true
      }
      // Another object has taken the name: it isn't touched.
      var other = Widget("a", uid: "another")
      other.metadata.finalizers = [Self.name]
      try api.put(other)
      let left = try await Finalizers.remove(Self.name, from: widget, client: client)
      #expect(left == nil)
      #expect(finalizers(api) == [Self.name])
    }
  }

  @Test func theFlowCleansUpBeforeItLetsGo() async throws {
    try await withAPI { api, client, _ in
      try api.put(Widget("a"))
      let calls = Shared<[String]>([])
      func reconcile(_ widget: Widget, cleanUp: Action) async throws -> Action {
        try await Finalizers.reconcile(widget, with: Self.name, client: client) { held in
          calls.change { $0.append("apply \(held.metadata.finalizers ?? [])") }
          return .settled
        } cleanUp: { _ in
          calls.change { $0.append("clean up") }
          return cleanUp
        }
      }
      _ = try await reconcile(try await current(client), cleanUp: .settled)
      #expect(calls.value == [#"apply ["example.com/clean"]"#])
      var object = try #require(api.object(Self.path))
      object["metadata"]?["deletionTimestamp"] = "2024-01-01T00:00:00Z"
      api.put(Self.path, object)
      let waiting = try await reconcile(try await current(client), cleanUp: .requeue(after: .seconds(5)))
      #expect(waiting == .requeue(after: .seconds(5)))
      #expect(finalizers(api) == [Self.name], "the clean-up isn't over")
      let done = try await reconcile(try await current(client), cleanUp: .settled)
      #expect(done == .settled)
      #expect(finalizers(api) == [])
      let nothing = try await reconcile(try await current(client), cleanUp: .settled)
      #expect(nothing == .settled)
      #expect(calls.value.count == 3)
    }
  }
}
