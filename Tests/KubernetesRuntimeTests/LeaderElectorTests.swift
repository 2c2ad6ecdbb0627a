import KubernetesClient
import KubernetesRuntime
import Logging
import ServiceLifecycle
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct LeaderElectorTests {
  private static let path = "/apis/coordination.k8s.io/v1/namespaces/n/leases/l"

  private static let fast = LeaderTiming(
    leaseDuration: .seconds(1), renewDeadline: .milliseconds(700), retryPeriod: .milliseconds(50))

  /// For tests in which no lease has to run out: nothing is too late on a machine that is busy with other tests.
  private static let patient = LeaderTiming(
    leaseDuration: .seconds(50), renewDeadline: .seconds(40), retryPeriod: .milliseconds(50))

  private func elector(
    _ client: KubernetesClient, _ identity: String, timing: LeaderTiming = fast, logger: Logger? = nil,
    body: @escaping @Sendable (LeadershipTerm) async throws -> Void
  ) -> LeaderElector {
    LeaderElector(
      client: client, name: "l", namespace: "n", identity: identity, timing: timing, logger: logger ?? quiet,
      onLead: body)
  }

  private func holder(_ api: FakeAPI) -> String? {
    api.object(Self.path)?["spec"]?["holderIdentity"]?.string
  }

  private func isTrue(_ what: String, _ condition: () -> Bool) async throws {
    try await eventually(what) { condition() ? true : nil }
  }

  /// Notes when it runs, until it is cancelled.
  private func body(_ name: String, _ log: Shared<[String]>) -> @Sendable (LeadershipTerm) async throws -> Void {
    { term in
      log.change { $0.append("\(name) begins, \(term.isValid)") }
      do {
        try await Task.sleep(for: .seconds(600))
      } catch {
        log.change { $0.append("\(name) ends") }
        throw error
      }
    }
  }

  /// "not leading" is said of who follows another, not a moment before one leads oneself.
  @Test func onlyWhoFollowsAnotherSaysSo() async throws {
    try await withAPI { api, client, _ in
      let said = Shared<[String]>([])
      let log = Shared<[String]>([])
      let logger = Logger(label: "l") { _ in Lines(said: said) }
      let first = elector(client, "a", timing: Self.patient, logger: logger, body: body("a", log))
      let second = elector(client, "b", timing: Self.patient, logger: logger, body: body("b", log))
      try await running([{ try await first.run() }]) {
        try await isTrue("a leads") { first.status == .leading && log.value.count == 1 }
        #expect(said.value == ["a: leading"])
        try await running([{ try await second.run() }]) {
          try await isTrue("b knows") { second.status == .candidate(holder: "a") }
          try await isTrue("b says so") { said.value == ["a: leading", "b: not leading, a does"] }
        }
      }
    }
  }

  @Test func oneLeadsAndAGracefulShutdownHandsOver() async throws {
    try await withAPI { api, client, _ in
      let log = Shared<[String]>([])
      let first = elector(client, "a", timing: Self.patient, body: body("a", log))
      let second = elector(client, "b", timing: Self.patient, body: body("b", log))
      let group = ServiceGroup(services: [first], logger: quiet)
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        try await isTrue("a leads") { first.status == .leading && log.value.count == 1 }
        try await running([{ try await second.run() }]) {
          try await isTrue("b knows") { second.status == .candidate(holder: "a") }
          let before = api.object(Self.path)?["metadata"]?["resourceVersion"]
          try await isTrue("a renews") { api.object(Self.path)?["metadata"]?["resourceVersion"] != before }
          #expect(holder(api) == "a")
          await group.triggerGracefulShutdown()
          try await isTrue("b leads") { second.status == .leading && log.value.count == 3 }
          #expect(log.value == ["a begins, true", "a ends", "b begins, true"])
          #expect(api.object(Self.path)?["spec"]?["leaseTransitions"]?.integer == 1)
        }
        try await tasks.waitForAll()
      }
    }
  }

  @Test func aLeaderThatCanNotRenewStopsAndTriesAgain() async throws {
    try await withAPI { api, client, _ in
      let log = Shared<[String]>([])
      let terms = Shared<[LeadershipTerm]>([])
      let note = body("a", log)
      let elector = elector(client, "a") { term in
        terms.change { $0.append(term) }
        try await note(term)
      }
      try await running([{ try await elector.run() }]) {
        try await isTrue("a leads") { log.value.count == 1 }
        api.setBroken(true)
        try await isTrue("a stops") { log.value.count == 2 }
        #expect(log.value.last == "a ends")
        #expect(terms.value.first?.isValid == false)
        #expect(throws: LeadershipLost.self) { try terms.value.first?.check() }
        api.setBroken(false)
        try await isTrue("a leads again") { log.value.count >= 3 }
        // Whether such a short term is still valid by the time its body begins depends on how busy the machine is.
        #expect(log.value.dropFirst(2).first?.hasPrefix("a begins") == true)
        #expect(terms.value.first?.isValid == false)
      }
    }
  }

  @Test func aLeaderWhoseLeaseWasTakenStops() async throws {
    try await withAPI { api, client, _ in
      let log = Shared<[String]>([])
      let elector = elector(client, "a", timing: Self.patient, body: body("a", log))
      try await running([{ try await elector.run() }]) {
        try await isTrue("a leads") { log.value.count == 1 }
        var lease = try #require(api.object(Self.path))
        lease["spec"]?["holderIdentity"] = "thief"
        lease["spec"]?["leaseDurationSeconds"] = 600
        api.put(Self.path, lease)
        try await isTrue("a stops") { log.value.last == "a ends" }
        try await isTrue("a knows") { elector.status == .candidate(holder: "thief") }
      }
      #expect(holder(api) == "thief")
    }
  }

  @Test func annotationsFollowTheLeader() async throws {
    try await withAPI { api, client, _ in
      func note(_ name: String) -> JSONValue? { api.object(Self.path)?["metadata"]?["annotations"]?[name] }
      let text = Shared<String?>(nil)
      func elector(_ identity: String, _ name: String) -> LeaderElector {
        LeaderElector(
          client: client, name: "l", namespace: "n", identity: identity, timing: Self.fast, logger: quiet,
          annotations: { [name: text.value, "old": nil] }, onLead: body(identity, Shared([])))
      }
      let first = elector("a", "note")
      try await running([{ try await first.run() }]) {
        try await isTrue("a leads") { first.status == .leading }
        #expect(note("note") == nil)
        text.change { $0 = "1" }
        try await isTrue("what it says is on the lease") { note("note") == "1" }
        text.change { $0 = "2" }
        try await isTrue("and what it says later") { note("note") == "2" }
        // Others' annotations stay.
        var lease = try #require(api.object(Self.path))
        lease["metadata"]?["annotations"]?["old"] = "x"
        lease["metadata"]?["annotations"]?["others"] = "y"
        api.put(Self.path, lease)
        try await isTrue("what it takes away is gone") { note("old") == nil && note("others") == "y" }
        #expect(note("note") == "2")
      }
      text.change { $0 = nil }
      // Killed, not released: the next leader takes away what was left, with the write that makes it the leader.
      let second = elector("b", "note")
      try await running([{ try await second.run() }]) {
        try await isTrue("b leads") { second.status == .leading }
        #expect(note("note") == nil && note("others") == "y")
      }
    }
  }

  @Test func aBodyThatEndsByItselfReleasesTheLease() async throws {
    struct Failure: Error {}
    try await withAPI { api, client, _ in
      try await elector(client, "a", timing: Self.patient) { _ in }.run()
      #expect(holder(api) == "")
      await #expect(throws: Failure.self) {
        try await elector(client, "b", timing: Self.patient) { _ in throw Failure() }.run()
      }
      #expect(holder(api) == "")
    }
  }

  @Test func aBodyThatIgnoresItsCancellationIsSeen() async throws {
    try await withAPI { api, client, _ in
      let mayEnd = Shared(false)
      let isValid = Shared<Bool?>(nil)
      let terms = Shared(0)
      let elector = elector(client, "a") { term in
        terms.change { $0 += 1 }
        // Deaf to cancellation, but not to its term.
        while !mayEnd.value {
          isValid.change { $0 = term.isValid }
          await Task.yield()
        }
      }
      try await running([{ try await elector.run() }]) {
        // Where a wait fails, the body must end all the same, or nothing does.
        defer { mayEnd.change { $0 = true } }
        try await isTrue("a leads") { isValid.value == true }
        api.setBroken(true)
        try await isTrue("the term is over while the body goes on") {
          elector.status == .ending && isValid.value == false
        }
        mayEnd.change { $0 = true }
        api.setBroken(false)
        try await isTrue("a leads again") { terms.value == 2 }
      }
    }
  }

  /// What a term is counted by must go on while the machine sleeps, so that a leader that was suspended knows at once. Can
  /// fail only on a machine that has slept since it was started.
  @Test func theContinuousClockCountsSleep() {
    #if os(Linux)
      // The clock has no public reading; its instants hold one.
      let before = BootTime.now
      let reading = ContinuousClock().now
      let after = BootTime.now
      let seconds = Mirror(reflecting: reading).children.compactMap { $0.value as? Duration }.first
      #expect(seconds.map { $0 >= before && $0 <= after } == true, "\(before) \(reading) \(after)")
    #endif
  }
}

/// Keeps what is logged at info and above.
private struct Lines: LogHandler {
  let said: Shared<[String]>
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info

  subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    let holder = all["holder"].map { ", \($0) does" } ?? ""
    said.change { $0.append("\(all["identity"] ?? "nobody"): \(event.message)\(holder)") }
  }
}
