import KubernetesClient
import KubernetesRuntime
import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct EventRecorderTests {
  private static let events = "/apis/events.k8s.io/v1/namespaces/default/events"

  private func recorder(_ client: KubernetesClient, limits: EventLimits = EventLimits()) -> EventRecorder {
    EventRecorder(
      client: client, controller: "example.com/controller", instance: "pod-1", limits: limits, logger: quiet)
  }

  @Test func repetitionsBecomeASeries() async throws {
    try await withAPI { api, client, _ in
      let recorder = recorder(client, limits: EventLimits(minInterval: .milliseconds(20)))
      let widget = Widget("a", version: 3)
      try await running([{ try await recorder.run() }]) {
        recorder.record(.warning, regarding: widget, reason: "Broken", action: "Repair", note: "it broke")
        try await eventually("the event is there") { api.objects(in: Self.events).first }
        for _ in 0..<4 {
          recorder.record(.warning, regarding: widget, reason: "Broken", action: "Repair", note: "it broke again")
        }
        recorder.record(.normal, regarding: widget, reason: "Mended", action: "Repair", note: "it works")
        let event = try await eventually("they are counted") {
          api.objects(in: Self.events).first { $0["series"]?["count"]?.integer == 5 }
        }
        #expect(event["reason"] == "Broken")
        #expect(event["type"] == "Warning")
        #expect(event["note"] == "it broke")
        #expect(event["action"] == "Repair")
        #expect(event["reportingController"] == "example.com/controller")
        #expect(event["reportingInstance"] == "pod-1")
        #expect(event["regarding"]?["kind"] == "Widget")
        #expect(event["regarding"]?["name"] == "a")
        try await eventually("the other one is there") { api.objects(in: Self.events).count == 2 ? true : nil }
      }
    }
  }

  @Test func failuresDoNotPropagate() async throws {
    try await withAPI { api, client, _ in
      let recorder = recorder(client)
      api.refuse("POST", code: 403)
      try await running([{ try await recorder.run() }]) {
        recorder.record(.normal, regarding: Widget("a"), reason: "One", action: "X", note: "")
        recorder.record(.normal, regarding: Widget("a"), reason: "Two", action: "X", note: "")
        let event = try await eventually("the next one is there") { api.objects(in: Self.events).first }
        #expect(event["reason"] == "Two")
      }
      #expect(api.objects(in: Self.events).count == 1)
    }
  }

  @Test func thatEventsAreRefusedIsSaidOnce() async throws {
    try await withAPI { api, client, _ in
      let warnings = Warnings()
      let recorder = EventRecorder(
        client: client, controller: "example.com/controller", instance: "pod-1",
        logger: Logger(label: "test") { _ in WarningHandler(warnings: warnings) })
      api.refuse("POST", code: 403)
      api.refuse("POST", code: 403)
      try await running([{ try await recorder.run() }]) {
        for reason in ["One", "Two", "Three"] {
          recorder.record(.normal, regarding: Widget("a"), reason: reason, action: "X", note: "")
        }
        try await eventually("the third is there") { api.objects(in: Self.events).first }
      }
      #expect(warnings.count.withLock { $0 } == 1)
    }
  }

  @Test func longTextsAreCut() async throws {
    try await withAPI { api, client, _ in
      let recorder = recorder(client)
      try await running([{ try await recorder.run() }]) {
        recorder.record(
          .normal, regarding: Widget("a"), reason: String(repeating: "R", count: 300), action: "X",
          note: String(repeating: "ü", count: 800))
        let event = try await eventually("the event is there") { api.objects(in: Self.events).first }
        #expect(event["reason"]?.string?.count == 128)
        #expect(event["note"]?.string?.utf8.count == 1024)
      }
    }
  }

  @Test func whatWaitsIsWrittenAtAShutdown() async throws {
    try await withAPI { api, client, _ in
      let recorder = recorder(client, limits: EventLimits(burst: 10, writeInterval: .seconds(600)))
      let group = ServiceGroup(services: [recorder], logger: quiet)
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        for index in 0..<15 {
          recorder.record(.normal, regarding: Widget("w\(index)"), reason: "R", action: "X", note: "")
        }
        try await eventually("the burst is there") { api.objects(in: Self.events).count == 10 ? true : nil }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
      }
      #expect(api.objects(in: Self.events).count == 15)
    }
  }
}

/// How many warnings were logged.
private final class Warnings: Sendable {
  let count = Mutex(0)
}

private struct WarningHandler: LogHandler {
  let warnings: Warnings
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.warning

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { warnings.count.withLock { $0 += 1 } }
}
