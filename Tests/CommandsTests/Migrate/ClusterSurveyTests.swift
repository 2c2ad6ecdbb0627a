import Commands
import KubernetesClient
import Logging
import SwiftletAPI
import TestSupport
import Testing

/// Looking at a cluster: what may not be looked at is no reason to say that it isn't there.
struct ClusterSurveyTests {
  private func survey(_ script: @escaping ScriptedServer.Script) async throws -> (Survey, [ScriptedRequest]) {
    let server = try await ScriptedServer.start(script: script)
    let client = try KubernetesClient(
      configuration: ClientConfiguration(server: server.url), logger: Logger(label: "test"))
    let result: Result<Survey, any Error>
    do {
      result = .success(try await ClusterSurvey(client: client, namespace: "swiftlet-system").survey())
    } catch {
      result = .failure(error)
    }
    try await client.shutdown()
    let requests = server.requests
    try await server.stop()
    return (try result.get(), requests)
  }

  private static let caches = "/apis/kubefledged.io/v1alpha2/imagecaches"
  private static let webhooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"

  @Test func nothingIsThere() async throws {
    let (survey, requests) = try await survey { _ in .failure(404, reason: "NotFound") }
    #expect(survey.caches.isEmpty && survey.gaps.isEmpty && survey.definition == .missing)
    #expect(survey.deployments == [] && survey.nodes == [])
    #expect(requests.allSatisfy { $0.method == "GET" })
  }

  @Test func whatMayNotBeListedIsAGap() async throws {
    let (survey, _) = try await survey { request in
      request.path == Self.caches ? .text(#"{"metadata": {}, "items": []}"#) : .failure(403, reason: "Forbidden")
    }
    #expect(survey.nodes == nil && survey.deployments == nil && survey.definition == .unknown)
    #expect(survey.gaps.count == 8, "\(survey.gaps.map(\.what))")
  }

  @Test func servicesOfWebhooksAndRightsAreAskedFor() async throws {
    let (survey, requests) = try await survey { request in
      switch request.path {
      case Self.caches:
        return .text(
          #"{"metadata": {}, "items": [{"metadata": {"name": "a", "namespace": "team"}, "spec": {"cacheSpec": "#
            + #"[{"images": null}], "imagePullSecrets": [{"name": "login"}]}}, "#
            + #"{"metadata": {"name": "odd", "namespace": "team"}, "spec": {"cacheSpec": 1}}]}"#)
      case Self.webhooks:
        return .text(
          #"{"metadata": {}, "items": [{"metadata": {"name": "w"}, "webhooks": [{"name": "x", "rules": "#
            + #"[{"apiGroups": ["kubefledged.io"]}], "clientConfig": {"service": {"namespace": "kf", "name": "s"}}}]}]}"#
        )
      case "/api/v1/namespaces/kf/services/s": return .text(#"{"metadata": {"name": "s"}}"#)
      case "/apis/authorization.k8s.io/v1/subjectaccessreviews":
        return .text(
          #"{"metadata": {}, "spec": {"user": "", "groups": [], "resourceAttributes": {"namespace": "team", "#
            + #""verb": "get", "resource": "secrets", "name": "login"}}, "status": {"allowed": false}}"#)
      default: return .failure(404, reason: "NotFound")
      }
    }
    #expect(survey.caches.map { $0.cache != nil } == [true, false], "one that can't be read doesn't hide the others")
    #expect(survey.services == [ServiceName(namespace: "kf", name: "s"): .withoutEndpoints])
    #expect(survey.readable == [PullSecretReference(namespace: "team", name: "login"): false])
    let review = try #require(requests.first { $0.method == "POST" })
    #expect(review.text.contains("system:serviceaccount:swiftlet-system:swiftlet-controller"))
  }

  @Test func aClusterThatFailsIsAFailure() async throws {
    await #expect(throws: CommandFailure.self) {
      _ = try await survey { _ in .failure(401, reason: "Unauthorized") }
    }
  }
}
