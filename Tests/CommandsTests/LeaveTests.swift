import Commands
import KubernetesClient
import Logging
import Synchronization
import TestSupport
import Testing

/// What an installer doesn't know of goes before Swiftlet is taken away.
struct LeaveTests {
  private static let workloads = "/apis/apps/v1/namespaces/swiftlet-system"
  private static let controller = "\(workloads)/deployments/swiftlet-controller"
  private static let agent = "\(workloads)/daemonsets/swiftlet-agent"
  private static let caches = "/apis/kubefledged.io/v1alpha2/imagecaches"
  private static let lease =
    "/apis/coordination.k8s.io/v1/namespaces/swiftlet-system/leases/swiftlet-controller"
  private static let jobs = "/apis/batch/v1/jobs"
  private static let labels = "app.kubernetes.io%2Fname%3Dswiftlet%2Capp.kubernetes.io%2Fcomponent%3Djob"
  private static let inventories = "/apis/swiftlet.dev/v1/nodeinventories"

  /// What was said, and what was asked of the API server, less what was only looked at.
  private func leave(
    timeout: Duration = .seconds(20), patienceForControllers: Duration = .seconds(20),
    script: @escaping ScriptedServer.Script
  ) async throws -> (said: [String], writes: [ScriptedRequest]) {
    let server = try await ScriptedServer.start(script: script)
    let client = try KubernetesClient(
      configuration: ClientConfiguration(server: server.url), logger: Logger(label: "test"))
    let said = Mutex<[String]>([])
    let leave = Leave(
      client: client, namespace: "swiftlet-system", timeout: timeout, interval: .milliseconds(5),
      patienceForControllers: patienceForControllers, tokenMemory: .milliseconds(5)
    ) { line in said.withLock { $0.append(line) } }
    let result: Result<Void, any Error>
    do {
      try await leave.run()
      result = .success(())
    } catch {
      result = .failure(error)
    }
    try await client.shutdown()
    let writes = server.requests.filter { $0.method != "GET" }
    try await server.stop()
    try result.get()
    return (said.withLock { $0 }, writes)
  }

  private static func workload(_ status: String, generation: Int = 2) -> ScriptedReply {
    .text(#"{"metadata": {"name": "x", "generation": \#(generation)}, "status": {\#(status)}}"#)
  }

  @Test func controllersEndThenPinsThenObjects() async throws {
    let looks = Mutex((controller: 0, agent: 0, lease: 0))
    let (said, writes) = try await leave { request in
      switch (request.method, request.path) {
      case ("GET", Self.controller):
        // Not seen yet, still there, gone.
        let look = looks.withLock {
          $0.controller += 1
          return $0.controller
        }
        return Self.workload(
          #""observedGeneration": \#(look == 1 ? 1 : 2)"# + (look >= 3 ? "" : #", "replicas": \#(look - 1)"#))
      case ("GET", Self.agent):
        // Not seen yet: ready are the old ones. One is new, both are.
        let look = looks.withLock {
          $0.agent += 1
          return $0.agent
        }
        return Self.workload(
          #""observedGeneration": \#(look == 1 ? 1 : 2), "desiredNumberScheduled": 2, "numberReady": 2, "#
            + #""updatedNumberScheduled": \#(look - 1)"#)
      case ("GET", Self.inventories):
        return .text(
          #"{"metadata": {}, "items": [{"metadata": {"name": "a"}, "spec": {"nodeUID": "1"}}]}"#)
      case ("GET", Self.jobs):
        // Others have Jobs, too.
        guard request.query["labelSelector"] == Self.labels else {
          return .failure(400, reason: "BadRequest")
        }
        return .text(
          #"{"metadata": {}, "items": [{"metadata": {"name": "p", "namespace": "team"}}, "#
            + #"{"metadata": {"name": "q", "namespace": "swiftlet-system"}}]}"#)
      case ("GET", Self.caches):
        // The second one's finalizer is somebody else's.
        return .text(
          #"{"metadata": {}, "items": [{"metadata": {"name": "c", "namespace": "team", "#
            + #""finalizers": ["swiftlet.dev/imagecache"]}}, "#
            + #"{"metadata": {"name": "d", "namespace": "team", "finalizers": ["example.com/x"]}}]}"#)
      case ("GET", Self.lease):
        // The leader needs a moment to end.
        let look = looks.withLock {
          $0.lease += 1
          return $0.lease
        }
        return .text(#"{"metadata": {"name": "x"}, "spec": {"holderIdentity": "\#(look == 1 ? "somebody" : "")"}}"#)
      default: return Self.workload("")
      }
    }
    #expect(
      said == [
        "The controllers have ended.", "2 of 2 nodes gave up their pins.",
        "1 ImageCaches don't wait for Swiftlet any more; they stay.", "2 Jobs are deleted, in swiftlet-system, team.",
      ])
    #expect(looks.withLock { $0 == (controller: 4, agent: 3, lease: 2) })
    #expect(
      writes.map { "\($0.method) \($0.path)" } == [
        "PATCH \(Self.controller)", "PATCH \(Self.agent)",
        "PATCH /apis/kubefledged.io/v1alpha2/namespaces/team/imagecaches/c",
        "DELETE /apis/batch/v1/namespaces/team/jobs/p", "DELETE /apis/batch/v1/namespaces/swiftlet-system/jobs/q",
        "DELETE \(Self.inventories)/a",
        "DELETE \(Self.lease)",
        "DELETE /api/v1/namespaces/swiftlet-system/configmaps/swiftlet-pause",
      ])
    #expect(writes[0].text.contains(#""replicas":0"#))
    #expect(writes[1].text.contains(#"["node","release","--stay"]"#))
    // A Job that goes without its pods leaves them behind.
    #expect(writes.filter { $0.path.contains("/jobs/") }.allSatisfy { $0.text.contains(#""Background""#) })
  }

  @Test func whatIsGoneAlreadyIsPassedOver() async throws {
    let (said, _) = try await leave { _ in .failure(404, reason: "NotFound") }
    #expect(said == ["There is no controller.", "There are no agents."])
  }

  @Test func nodesThatDontAnswerAreLeftOut() async throws {
    let (said, writes) = try await leave(timeout: .milliseconds(60)) { request in
      switch request.path {
      case Self.controller: Self.workload(#""observedGeneration": 2"#)
      case Self.agent:
        Self.workload(
          #""observedGeneration": 2, "desiredNumberScheduled": 3, "numberReady": 2, "updatedNumberScheduled": 3"#)
      default: .failure(404, reason: "NotFound")
      }
    }
    #expect(said.count == 3)
    #expect(said.contains("2 of 3 nodes gave up their pins."))
    #expect(writes.last?.path.hasSuffix("swiftlet-pause") == true, "the rest is done all the same")
  }

  @Test func aControllerThatDoesntEndLosesItsAccountFirst() async throws {
    let (said, writes) = try await leave(patienceForControllers: .milliseconds(60)) { request in
      switch (request.method, request.path) {
      // On a node that doesn't answer: its pod isn't counted any more, but it goes on to lead.
      case ("GET", Self.controller): Self.workload(#""observedGeneration": 2"#)
      case ("GET", Self.lease): .text(#"{"metadata": {"name": "x"}, "spec": {"holderIdentity": "somebody"}}"#)
      case ("GET", _): .failure(404, reason: "NotFound")
      default: Self.workload("")
      }
    }
    #expect(said.first == "A controller hasn't ended; its account is deleted.")
    #expect(
      writes.prefix(2).map { "\($0.method) \($0.path)" } == [
        "PATCH \(Self.controller)", "DELETE /api/v1/namespaces/swiftlet-system/serviceaccounts/swiftlet-controller",
      ])
  }

  @Test func pinsCanBeLeft() async throws {
    let (said, writes) = try await leave(timeout: .zero) { request in
      request.path == Self.controller ? Self.workload(#""observedGeneration": 2"#) : .failure(404, reason: "NotFound")
    }
    #expect(said == ["The controllers have ended."])
    #expect(!writes.contains { $0.path == Self.agent })
  }

  @Test func aRefusalIsAFailure() async throws {
    await #expect(throws: CommandFailure.self) {
      _ = try await leave { _ in .failure(403, reason: "Forbidden") }
    }
  }
}
