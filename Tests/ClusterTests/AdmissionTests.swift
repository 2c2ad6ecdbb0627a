import Foundation
import KubernetesClient
import Logging
import SwiftletAPI
import Testing

/// What the API server checks by itself where it can: `overlays/current`.
@Suite(
  "Admission", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)),
  .enabled(
    "needs an API server with ValidatingAdmissionPolicy (Kubernetes 1.30 or later)",
    { try await Cluster.servesAdmissionPolicies() }),
  .timeLimit(.minutes(5)))
struct AdmissionTests {
  let cluster: Cluster

  init() throws { cluster = try Cluster.require() }

  @Test("an agent writes its own node's status and no other's, and a token that names no node writes nothing")
  func ownNode() async throws {
    let nodes = try await cluster.nodes()
    try #require(nodes.count > 1)
    // nodes have inventories as soon as there is something to do
    let images = try await cluster.push("admission")
    try await cluster.applyImageSet("admission", images: images)
    try await cluster.waitReady("admission")
    let pods = try await cluster.get(
      "pods", "-n", SwiftletGroup.systemNamespace, "-l", "app.kubernetes.io/component=agent")
    let pod = try #require(pods["items"]?.array?.first { $0["spec"]?["nodeName"]?.string == nodes[0] })
    let token = try await cluster.agentToken(of: pod)
    let written = try await cluster.writeStatus(of: nodes[0], token: token)
    #expect(written.metadata.name == nodes[0])
    let unbound = try await cluster.agentToken(of: nil)
    for (node, token) in [(nodes[1], token), (nodes[0], unbound)] {
      let refused = await #expect(throws: KubernetesError.self) {
        try await cluster.writeStatus(of: node, token: token)
      }
      #expect(refused?.isForbidden == true)
      #expect(refused?.message.contains("doesn't name this NodeInventory's node") == true, "\(refused?.message ?? "")")
    }
    try await cluster.deleteImageSets("admission")
    try await cluster.wait(for: images, on: nodes, present: false)
  }

  @Test(
    "what only a rule can say is refused where it is applied",
    arguments: [
      ("ImageSet", "{images: [{image: nginx}, {image: 'nginx:latest'}]}", "name the same image"),
      ("ImageSet", "{images: [{image: 'docker.io/library/nginx:1'}, {image: 'nginx:1'}]}", "name the same image"),
      ("ImageSet", "{images: [{image: a/b}, {image: 'docker.io/a/b:latest'}]}", "name the same image"),
      ("ImageSet", "{images: [{image: nginx, platform: windows/amd64}]}", "only Linux nodes"),
      ("ImageSet", "{images: [{image: nginx}], refreshInterval: 9s}", "at least 10s"),
      ("ImageSet", "{images: [{image: nginx}], refreshInterval: 8761h}", "at most a year"),
      ("ImageSet", "{images: [{image: nginx}], nodes: {tolerations: [{value: a}]}}", "needs the operator Exists"),
      (
        "ImageSet", "{images: [{image: nginx}], nodes: {tolerations: [{key: a, operator: Exists, value: b}]}}",
        "takes no value"
      ),
      ("PullBudget", "{minStartInterval: 61m}", "at most 1h"),
      ("PullBudget", "{backoff: {initial: 1m, max: 59s}}", "not less than initial"),
      ("PullBudget", "{backoff: {initial: 50ms}}", "100ms to 1h"),
    ])
  func refused(kind: String, spec: String, says: String) async throws {
    let failure = await #expect(throws: CommandFailure.self) { try await create(kind, spec) }
    #expect(failure?.output.contains(says) == true, "\(failure?.output ?? "")")
  }

  @Test("the rules cost little enough for the largest set, and take nothing for the same that isn't")
  func accepted() async throws {
    let long = String(repeating: "a", count: 200)
    for count in [500, 1000] {
      let short = (0..<count).map { "{image: '\(long)\($0)'}" }
      try await create("ImageSet", "{images: [\(short.joined(separator: ", "))]}")
    }
    let others = ["library/a/b", "docker.io/a/b", "localhost/a/b", "docker.io/localhost/a/b", "a.io/b", "nginx:1"]
    let images = (others + ["nginx:2", "nginx", "ghcr.io/library/nginx"]).map { "{image: '\($0)'}" }
    try await create("ImageSet", "{images: [\(images.joined(separator: ", "))], refreshInterval: 1h30m}")
    try await create("PullBudget", "{minStartInterval: '0', backoff: {initial: 100ms, max: 24h}}")
  }

  /// Asks the API server to create the object, without keeping it.
  private func create(_ kind: String, _ spec: String) async throws {
    let manifest = "apiVersion: swiftlet.dev/v1\nkind: \(kind)\nmetadata: {name: admission}\nspec: \(spec)\n"
    try await cluster.kubectl("create", "--dry-run=server", "-f", "-", input: manifest)
  }
}

extension Cluster {
  static func servesAdmissionPolicies() async throws -> Bool {
    guard let shared else { return false }
    return try await shared.kubectl("get", "--raw", "/apis/admissionregistration.k8s.io/v1")
      .contains("\"validatingadmissionpolicies\"")
  }

  /// A token of the agents' service account for ten minutes: bound to a pod, or to nothing.
  fileprivate func agentToken(of pod: JSONValue?) async throws -> String {
    var spec: JSONValue = ["expirationSeconds": 600]
    if let name = pod?["metadata"]?["name"], let uid = pod?["metadata"]?["uid"] {
      let bound: JSONValue = ["apiVersion": "v1", "kind": "Pod", "name": name, "uid": uid]
      spec = ["expirationSeconds": 600, "boundObjectRef": bound]
    }
    let request: JSONValue = ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec]
    let path = "/api/v1/namespaces/\(SwiftletGroup.systemNamespace)/serviceaccounts/swiftlet-agent/token"
    let body = String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
    let answer = try await kubectl("create", "--raw", path, "-f", "-", input: body)
    let object = try JSONDecoder().decode(JSONValue.self, from: Data(answer.utf8))
    return try #require(object["status"]?["token"]?.string)
  }

  /// Patches the status of a node's NodeInventory, without changing anything, as the one whom the token names.
  @discardableResult
  fileprivate func writeStatus(of node: String, token: String) async throws -> NodeInventory {
    var configuration = try ClientConfiguration.load(kubeconfig: nil, context: nil)
    configuration.tls.clientCertificate = nil
    configuration.tls.clientKey = nil
    configuration.authentication = .token(.inline(SecretData(token)))
    let client = try KubernetesClient(configuration: configuration, logger: Logger(label: "test"))
    let result: Result<NodeInventory, KubernetesError>
    do throws(KubernetesError) {
      result = .success(
        try await client.patch(
          NodeInventory.self, name: node, patch: .merge(["status": .object([:])]), subresource: "status"))
    } catch {
      result = .failure(error)
    }
    try await client.shutdown()
    return try result.get()
  }
}
