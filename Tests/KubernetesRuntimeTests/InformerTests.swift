import KubernetesClient
import KubernetesRuntime
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct InformerTests {
  private static let widgets = "/apis/example.com/v1/widgets"

  private final class Seen: Sendable {
    private let changes = Shared<[String]>([])

    var all: [String] { changes.value }

    func note(_ change: StoreChange<Widget>) {
      let text =
        switch change {
        case .upserted(let old, let new): "\(old == nil ? "added" : "changed") \(new.key)"
        case .removed(let old): "removed \(old.key)"
        case .synced: "synced"
        }
      changes.change { $0.append(text) }
    }
  }

  @Test func followsACollection() async throws {
    try await withAPI { api, client, server in
      try api.put(Widget("a", value: 1))
      let seen = Seen()
      let informer = Informer(
        client: client, type: Widget.self, indexes: ["value": { [$0.value.map(String.init) ?? ""] }],
        transform: { widget in
          var widget = widget
          widget.metadata.annotations = ["seen": "yes"]
          return widget
        }, logger: quiet)
      informer.observe { seen.note($0) }
      #expect(informer.availability == .pending)
      try await running([{ try await informer.run() }]) {
        try await informer.waitUntilSynced(deadline: .seconds(20))
        #expect(informer.store.all.map(\.key.name) == ["a"])
        #expect(informer.store[ObjectKey(name: "a")]?.metadata.annotations == ["seen": "yes"])
        try api.put(Widget("b", value: 2))
        try await eventually("b is there") { informer.store.lookup(index: "value", value: "2").first }
        // The connection breaks; what happens meanwhile isn't missed, and nothing is listed again.
        api.endWatches(cleanly: false)
        try api.put(Widget("a", value: 3))
        api.remove("\(Self.widgets)/b")
        try await eventually("b is gone") { informer.store[ObjectKey(name: "b")] == nil ? true : nil }
        #expect(seen.all == ["added a", "synced", "added b", "changed a", "removed b"])
        #expect(server.requests.filter { $0.path == Self.widgets && $0.query["watch"] == nil }.count == 1)
        #expect(informer.availability.isAvailable)
      }
    }
  }

  @Test func listsAgainWhenTheServerForgot() async throws {
    try await withAPI { api, client, _ in
      for name in ["a", "b"] { try api.put(Widget(name)) }
      let seen = Seen()
      let informer = Informer(client: client, type: Widget.self, logger: quiet)
      informer.observe { seen.note($0) }
      try await running([{ try await informer.run() }]) {
        try await informer.waitUntilSynced()
        try await eventually("the watch is open") { api.watcherCount == 1 ? true : nil }
        api.setBroken(true)
        api.endWatches(cleanly: true)
        api.remove("\(Self.widgets)/b")
        try api.put(Widget("c"))
        api.compact()
        api.setBroken(false)
        try await eventually("the store has caught up") {
          Set(informer.store.all.map(\.key.name)) == ["a", "c"] ? true : nil
        }
        #expect(seen.all.contains("removed b"))
      }
    }
  }

  @Test func aKindThatVanishesKeepsItsObjects() async throws {
    try await withAPI { api, client, _ in
      try api.put(Widget("a"))
      let states = Shared<[Availability]>([])
      let informer = Informer(client: client, type: Widget.self, logger: quiet)
      informer.observeAvailability { state in states.change { $0.append(state) } }
      try await running([{ try await informer.run() }]) {
        try await informer.waitUntilSynced()
        try await eventually("the watch is open") { api.watcherCount == 1 ? true : nil }
        api.setMissing(true, collection: Self.widgets)
        api.endWatches(cleanly: true)
        try await eventually("it says so") {
          informer.availability == .unavailable(reason: .kindMissing) ? true : nil
        }
        #expect(informer.store.count == 1)
        #expect(informer.store.isSynced)
        #expect(informer.lastError?.isNotFound == true)
        api.setMissing(false, collection: Self.widgets)
        try await eventually("it is back") { informer.availability.isAvailable ? true : nil }
        #expect(informer.lastError == nil)
        #expect(
          states.value == [.available, .unavailable(reason: .kindMissing), .available])
      }
    }
  }

  @Test func aSingleObjectNeedsNoList() async throws {
    try await withAPI { api, client, server in
      try api.put(Widget("other"))
      let informer = Informer(client: client, type: Widget.self, scope: .named("a"), logger: quiet)
      try await running([{ try await informer.run() }]) {
        try await informer.waitUntilSynced()
        #expect(informer.store.all.isEmpty && informer.availability.isAvailable)
        try api.put(Widget("a", value: 1))
        try await eventually("a is there") { informer.store[ObjectKey(name: "a")] }
        // It doesn't change for long, and the server forgets its version.
        try await eventually("the watch is open") { api.watcherCount > 0 ? true : nil }
        api.compact()
        api.endWatches(cleanly: false)
        try api.put(Widget("a", value: 2))
        try await eventually("the change is there") { informer.store[ObjectKey(name: "a")]?.value == 2 ? true : nil }
        api.remove("\(Self.widgets)/a")
        try await eventually("a is gone") { informer.store.all.isEmpty ? true : nil }
        for request in server.requests where request.path == Self.widgets {
          #expect(request.query["watch"] != nil)
          #expect(request.query["fieldSelector"] == "metadata.name%3Da")
        }
      }
    }
  }

  @Test func waitingHasADeadline() async throws {
    try await withAPI { api, client, _ in
      api.setMissing(true, collection: Self.widgets)
      let informer = Informer(client: client, type: Widget.self, logger: quiet)
      try await running([{ try await informer.run() }]) {
        try await eventually("it says so") { informer.availability == .pending ? nil : true }
        await #expect(throws: InformerError.self) {
          try await informer.waitUntilSynced(deadline: .milliseconds(10))
        }
      }
    }
  }
}
