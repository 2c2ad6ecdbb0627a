import KubernetesClient
import TestSupport
import Testing

@Suite struct WatchTests {
  private typealias Events = [WatchEvent<Namespace>]

  private static let bookmark = eventJSON(
    "BOOKMARK",
    #"{"kind":"Namespace","metadata":{"resourceVersion":"12","annotations":{"k8s.io/initial-events-end":"true"}}}"#)
  private static let text =
    eventJSON("ADDED", namespaceJSON("ä", version: "10")) + eventJSON("MODIFIED", namespaceJSON("b", version: "11"))
    + bookmark + eventJSON("DELETED", namespaceJSON("c", version: "13"))

  private func all(_ stream: WatchStream<Namespace>) async throws(KubernetesError) -> Events {
    var events: Events = []
    for try await event in stream { events.append(event) }
    return events
  }

  private func check(_ events: Events) {
    #expect(events.count == 4)
    guard events.count == 4 else { return }
    if case .added(let object) = events[0] { #expect(object.metadata.name == "ä") } else { Issue.record("\(events)") }
    if case .modified(let object) = events[1] {
      #expect(object.metadata.name == "b")
    } else {
      Issue.record("\(events)")
    }
    #expect(events[2] == .bookmark(resourceVersion: "12", initialEventsEnd: true))
    if case .deleted(let object) = events[3] { #expect(object.metadata.name == "c") } else { Issue.record("\(events)") }
  }

  @Test(arguments: [1, 7, 64, 1000])
  func eventsHoweverTheyAreSplit(size: Int) async throws {
    let bytes = Array(Self.text.utf8)
    let pieces = stride(from: 0, to: bytes.count, by: size).map { start in
      ScriptedReply.Piece.bytes(Array(bytes[start..<min(start + size, bytes.count)]))
    }
    try await withServer(script: { _ in .stream(pieces) }) { client, server in
      let stream = try await client.watch(
        Namespace.self, options: WatchOptions(labelSelector: "a", resourceVersion: "9"))
      check(try await all(stream))
      let query = try #require(server.requests.first?.query)
      #expect(query["watch"] == "true")
      #expect(query["resourceVersion"] == "9")
      #expect(query["labelSelector"] == "a")
      #expect(query["allowWatchBookmarks"] == "true")
      #expect(query["sendInitialEvents"] == nil)
      #expect((300...600).contains(try #require(query["timeoutSeconds"].flatMap { Int($0) })))
    }
  }

  @Test func streamedInitialLists() async throws {
    try await withServer(script: { _ in .stream([.text(Self.bookmark)]) }) { client, server in
      let options = WatchOptions(sendInitialEvents: true, timeout: .seconds(61))
      #expect(
        try await all(try await client.watch(Namespace.self, options: options))
          == [.bookmark(resourceVersion: "12", initialEventsEnd: true)])
      let query = try #require(server.requests.first?.query)
      #expect(query["sendInitialEvents"] == "true")
      #expect(query["resourceVersionMatch"] == "NotOlderThan")
      #expect(query["timeoutSeconds"] == "61")
    }
  }

  @Test func errorEventsAreThrown() async throws {
    let error = #"{"kind":"Status","status":"Failure","message":"too old","reason":"Expired","code":410}"#
    let text = eventJSON("ADDED", namespaceJSON("a")) + eventJSON("ERROR", error) + Self.bookmark
    try await withServer(script: { _ in .stream([.text(text)]) }) { client, _ in
      let stream = try await client.watch(Namespace.self, options: WatchOptions(resourceVersion: "1"))
      var iterator = stream.makeAsyncIterator()
      _ = try await iterator.next()
      do {
        _ = try await iterator.next()
        Issue.record("nothing was thrown")
      } catch let error as KubernetesError {
        #expect(error.isExpired)
        #expect(error.message == "too old")
      }
      #expect(try await iterator.next() == nil)
    }
  }

  @Test func aRefusedWatch() async throws {
    try await withServer(script: { _ in .failure(410, reason: "Expired") }) { client, server in
      let error = await failure { () throws(KubernetesError) in
        _ = try await client.watch(Namespace.self, options: WatchOptions(resourceVersion: "1"))
      }
      #expect(error?.isExpired == true)
      #expect(server.requests.count == 1)
    }
  }

  @Test(arguments: [
    (#"{"type":"ADDED","object":{"metadata":{"name":"bad"},"status":7}}"#, "Namespace bad"), ("no json", "an event"),
    (#"{"type":"ODD","object":{}}"#, "unknown type"),
  ])
  func undecodableEvents(line: String, message: String) async throws {
    try await withServer(script: { _ in .stream([.text(line + "\n")]) }) { client, _ in
      let stream = try await client.watch(Namespace.self, options: WatchOptions())
      let error = try #require(
        await failure { () throws(KubernetesError) in _ = try await all(stream) })
      #expect(error.cause == .decoding)
      #expect(error.message.contains(message))
    }
  }

  @Test func aLostConnectionIsTransient() async throws {
    let pieces: [ScriptedReply.Piece] = [.text(eventJSON("ADDED", namespaceJSON("a"))), .text("{\"type\""), .drop]
    try await withServer(script: { _ in .stream(pieces) }) { client, _ in
      let stream = try await client.watch(Namespace.self, options: WatchOptions())
      let error = await failure { () throws(KubernetesError) in _ = try await all(stream) }
      #expect(error?.cause == .connection)
      #expect(error?.isTransient == true)
    }
  }

  @Test func anEndWithinAnEventIsTransient() async throws {
    try await withServer(script: { _ in .stream([.text("{\"type\"")]) }) { client, _ in
      let stream = try await client.watch(Namespace.self, options: WatchOptions())
      let error = await failure { () throws(KubernetesError) in _ = try await all(stream) }
      #expect(error?.cause == .connection)
    }
  }

  @Test func hugeEvents() async throws {
    let name = String(repeating: "x", count: 3 << 20)
    let text = eventJSON("ADDED", namespaceJSON(name))
    try await withServer(script: { _ in .stream([.text(text)]) }) { client, _ in
      let events = try await all(try await client.watch(Namespace.self, options: WatchOptions()))
      if case .added(let object)? = events.first { #expect(object.metadata.name?.count == 3 << 20) }
      #expect(events.count == 1)
    }
    try await withServer(options: ClientOptions(maxEventBytes: 1 << 20), script: { _ in .stream([.text(text)]) }) {
      client, _ in
      let stream = try await client.watch(Namespace.self, options: WatchOptions())
      let error = await failure { () throws(KubernetesError) in _ = try await all(stream) }
      #expect(error?.cause == .decoding)
      #expect(error?.message == "an event is longer than 1048576 bytes")
    }
  }

  @Test func silenceEndsTheWatchAndItsConnection() async throws {
    let options = ClientOptions(idleTimeout: .milliseconds(200))
    let script: ScriptedServer.Script = { request in
      request.query["watch"] == nil
        ? .text(namespaceJSON("a")) : .stream([.text(eventJSON("ADDED", namespaceJSON("a"))), .silence])
    }
    try await withServer(options: options, script: script) { client, server in
      let stream = try await client.watch(Namespace.self, options: WatchOptions())
      // An idle connection besides the watch's, which the pool would use again.
      _ = try await client.get(Namespace.self, name: "a")
      let error = await failure { () throws(KubernetesError) in _ = try await all(stream) }
      #expect(error?.isTimeout == true)
      #expect(error?.isTransient == true)
      let before = server.connections
      _ = try await client.get(Namespace.self, name: "a")
      #expect(server.connections == before + 1)
      try await eventually("old connections are closed") { server.openConnections == 1 ? true : nil }
    }
  }

  @Test func bookmarksKeepAWatchAlive() async throws {
    let (pieces, feed) = AsyncStream<ScriptedReply.Piece>.makeStream()
    let options = ClientOptions(idleTimeout: .seconds(60))
    try await withServer(options: options, script: { _ in .stream(pieces) }) { client, server in
      let stream = try await client.watch(Namespace.self, options: WatchOptions())
      var iterator = stream.makeAsyncIterator()
      for _ in 0..<3 {
        feed.yield(.text(Self.bookmark))
        #expect(try await iterator.next() == .bookmark(resourceVersion: "12", initialEventsEnd: true))
      }
      feed.finish()
      #expect(try await iterator.next() == nil)
      #expect(server.connections == 1)
    }
  }

  @Test func withoutBookmarksSilenceIsAllowed() async throws {
    let (pieces, feed) = AsyncStream<ScriptedReply.Piece>.makeStream()
    let options = ClientOptions(idleTimeout: .milliseconds(1))
    try await withServer(options: options, script: { _ in .stream(pieces) }) { client, _ in
      let stream = try await client.watch(Namespace.self, options: WatchOptions(allowBookmarks: false))
      async let events = all(stream)
      for _ in 0..<50 { await Task.yield() }
      feed.yield(.text(eventJSON("ADDED", namespaceJSON("a"))))
      feed.finish()
      #expect(try await events.count == 1)
    }
  }

  @Test func aSlowReaderStopsTheServer() async throws {
    let event = Array(eventJSON("ADDED", namespaceJSON(String(repeating: "x", count: 100_000))).utf8)
    let sent = Locked(0)
    let total = 300
    let pieces = AsyncStream<ScriptedReply.Piece> {
      let number = sent.withLock { count in
        count += 1
        return count
      }
      return number <= total ? .bytes(event) : nil
    }
    try await withServer(script: { _ in .stream(pieces) }) { client, _ in
      let stream = try await client.watch(Namespace.self, options: WatchOptions())
      var iterator = stream.makeAsyncIterator()
      _ = try await iterator.next()
      // The rest stays in the buffers of the sockets, which are far smaller than the 30 MB that there are.
      var last = -1
      try await eventually("the server is stuck", every: .milliseconds(100)) {
        let now = sent.withLock { $0 }
        defer { last = now }
        return now == last ? true : nil
      }
      #expect(sent.withLock { $0 } < total / 2)
      var count = 1
      while try await iterator.next() != nil { count += 1 }
      #expect(count == total)
    }
  }

  @Test func cancellationEndsTheWatch() async throws {
    try await withServer(script: { _ in .stream([.text(Self.bookmark), .silence]) }) { client, server in
      let seen = Locked(false)
      let task = Task {
        for try await _ in try await client.watch(Namespace.self, options: WatchOptions()) {
          seen.withLock { $0 = true }
        }
      }
      try await eventually("an event is seen") { seen.withLock { $0 } ? true : nil }
      task.cancel()
      let result = await task.result
      if case .failure(let error as KubernetesError) = result { #expect(error.isCancelled) }
      try await eventually("the connection is closed") { server.openConnections == 0 ? true : nil }
    }
  }

  @Test func lettingGoOfAStreamEndsTheWatch() async throws {
    try await withServer(script: { _ in .stream([.text(Self.bookmark), .silence]) }) { client, server in
      for try await _ in try await client.watch(Namespace.self, options: WatchOptions()) { break }
      try await eventually("the connection is closed") { server.openConnections == 0 ? true : nil }
    }
  }

  @Test func watchesTakeNoPlaceOfRequests() async throws {
    let script: ScriptedServer.Script = { request in
      request.query["watch"] == nil ? .text(namespaceJSON("a")) : .stream([.text(Self.bookmark), .silence])
    }
    try await withServer(options: ClientOptions(maxRequestsInFlight: 1), script: script) { client, _ in
      let first = try await client.watch(Namespace.self, options: WatchOptions())
      let second = try await client.watch(Namespace.self, options: WatchOptions())
      _ = try await client.get(Namespace.self, name: "a")
      _ = (first, second)
    }
  }
}
