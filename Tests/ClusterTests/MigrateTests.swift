import Foundation
import KubernetesClient
import SwiftletAPI
import TestSupport
import Testing

/// A move from kube-fledged, as `swiftlet migrate` tells to do it.
@Suite(
  "A move from kube-fledged", .serialized, .enabled(if: Cluster.isThere, Comment(rawValue: Cluster.skipped)),
  .timeLimit(.minutes(5)))
struct MigrateTests {
  let cluster: Cluster
  private let place = "kube-fledged-test"

  init() async throws {
    cluster = try Cluster.require()
    try await cluster.reset()
  }

  private var definition: String {
    URL(filePath: cluster.tool).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "deploy/crds/imagecaches.kubefledged.io.yaml").path
  }

  /// What it says, and how it ended.
  private func migrate(_ arguments: String...) async throws -> (text: String, status: Int32) {
    do {
      return (try await command(Cluster.swiftletPath, ["migrate"] + arguments), 0)
    } catch let failure as CommandFailure {
      return (failure.output, failure.status)
    }
  }

  private func reasons(_ report: JSONValue) -> [String] {
    (report["findings"]?.array ?? []).compactMap { $0["reason"]?.string }
  }

  private func scale(_ replicas: Int) async throws {
    try await cluster.kubectl(
      "-n", "swiftlet-system", "scale", "deployment/swiftlet-controller", "--replicas=\(replicas)")
    if replicas == 0 {
      try await cluster.kubectl(
        "-n", "swiftlet-system", "wait", "pod", "-l", "app.kubernetes.io/component=controller", "--for=delete",
        "--timeout=60s")
    } else {
      try await cluster.kubectl(
        "-n", "swiftlet-system", "rollout", "status", "deployment/swiftlet-controller", "--timeout=60s")
    }
  }

  @Test("what stands in the way is named; followed, it takes everything over, and nothing is pulled again")
  func move() async throws {
    let images = try await cluster.push("moved", count: 2)
    let nodes = try await cluster.nodes()
    for node in nodes {
      for image in images { try await cluster.on(node, "ctr", "-n", "k8s.io", "images", "pull", "--plain-http", image) }
    }
    try await scale(0)
    do {
      try await pretend(images)
      try await findAndFollow(images, nodes)
    } catch {
      try? await cleanUp()
      try? await scale(2)
      throw error
    }
    try await cluster.kubectl("delete", "imagecache", "-n", place, "--all", "--wait=true", "--timeout=60s")
    try await cleanUp()
  }

  private func cleanUp() async throws {
    try await cluster.kubectl(
      "delete", "validatingwebhookconfiguration/kubefledged-test", "clusterrolebinding/kubefledged-test",
      "clusterrole/kubefledged-test", "--ignore-not-found")
    try await cluster.kubectl("apply", "-f", definition)
    try await cluster.kubectl("delete", "namespace", place, "--ignore-not-found", "--wait=false")
  }

  private func findAndFollow(_ images: [String], _ nodes: [String]) async throws {
    // A kubelet needs a moment to report what was pulled.
    let report = try await eventually("the nodes report the images", within: .seconds(60), every: .milliseconds(500)) {
      () -> JSONValue? in
      let found = try await migrate("-o", "json")
      #expect(found.status == 2)
      let report = try JSONDecoder().decode(JSONValue.self, from: Data(found.text.utf8))
      guard report["plan"]?["missing"]?.integer == 0 else { return Optional.none }
      return report
    }
    #expect(
      Set(reasons(report)) == [
        "ControllerRuns", "ForeignWebhook", "RoleOfAllNodes", "LeftoverJobs", "PurgeAskedFor",
        "DefinitionOfKubeFledged",
        "DefinitionLabelled", "CachesInItsNamespace",
      ])
    #expect(report["caches"]?.integer == 4)
    #expect(report["plan"]?["removals"]?.integer == 0)
    let commands = (report["steps"]?.array ?? []).flatMap { $0["commands"]?.array ?? [] }.compactMap(\.string)
    // All that kubectl does, but what installs.
    for line in commands where line.hasPrefix("kubectl") && !line.contains("deploy/") && !line.contains(" get ") {
      try await command("sh", ["-c", line])
    }
    try await cluster.kubectl("apply", "-f", definition)
    let log = try RegistryLog()
    try await scale(2)
    try await eventually("all are taken over", within: .seconds(60), every: .milliseconds(300)) {
      let items = try await cluster.get("imagecaches", "-n", place)["items"]?.array ?? []
      return items.allSatisfy { $0["status"]?["adoptedAt"] != nil && $0["status"]?["status"] != "Processing" }
        ? true : nil
    }
    for node in nodes {
      let entries = try await cluster.inventory(node).status?.images ?? [:]
      for image in images { #expect(entries[image]?.origin == .adopted && entries[image]?.checkedAt == nil) }
      #expect(entries.count == images.count, "what was purged stays away")
    }
    #expect(try log.entries("moved").isEmpty)
    try await eventually("events say so, in the ImageCaches' own namespace", within: .seconds(20)) {
      let events = try await cluster.get("events", "-n", place, "--field-selector", "involvedObject.kind=ImageCache")
      return events["items"]?.array?.isEmpty == false ? true : nil
    }
    let purged = try await cluster.get("imagecache", "purged", "-n", place)
    #expect(purged["status"]?["reason"] == "ImageCachePurge")
    let after = try await migrate("-o", "json")
    let left = reasons(try JSONDecoder().decode(JSONValue.self, from: Data(after.text.utf8)))
    #expect(left == [], "\(after.text)")
    #expect(after.status == 2, "one object names something that is no image")
    try await sets(images, nodes)
  }

  /// ImageSets in place of ImageCaches, which then go without taking an image along.
  private func sets(_ images: [String], _ nodes: [String]) async throws {
    try await cluster.kubectl("delete", "imagecache", "odd", "purged", "-n", place, "--wait=true", "--timeout=60s")
    let yaml = try await migrate("imagesets", "-n", place)
    #expect(yaml.status == 0)
    try await cluster.kubectl("apply", "-f", "-", input: yaml.text)
    let names = ["\(place).done", "\(place).stuck"]
    for name in names { try await cluster.waitReady(name) }
    try await cluster.kubectl("delete", "imagecache", "-n", place, "--all", "--wait=true", "--timeout=60s")
    try await cluster.wait(for: images, on: nodes, within: .seconds(1))
    for name in names { try await cluster.deleteImageSets(name) }
    try await cluster.wait(for: images, on: nodes, present: false)
  }

  /// What kube-fledged leaves in a cluster: its definition, objects in odd states, its programs, webhook and role.
  private func pretend(_ images: [String]) async throws {
    try await cluster.kubectl("create", "namespace", place)
    try await cluster.kubectl("delete", "crd", "imagecaches.kubefledged.io", "--timeout=30s")
    try await cluster.apply(Self.upstream)
    try await cluster.kubectl("wait", "--for=condition=Established", "crd/imagecaches.kubefledged.io", "--timeout=30s")
    let objects: [(name: String, lists: JSONValue, status: [String: JSONValue], annotations: JSONValue)] = [
      ("done", [["images": [.string(images[0]), .string(images[1])]]], ["status": "Succeeded"], [:]),
      (
        "stuck", [["images": [.string(images[0])]]], ["status": "Processing", "reason": "ImageCacheRefresh"],
        ["kubefledged.io/purge-imagecache": ""]
      ),
      (
        "purged", [["images": [.string("\(cluster.registry)/moved-none:1")]]],
        ["status": "Succeeded", "reason": "ImageCachePurge"], [:]
      ),
      (
        "odd", [["images": [.string(images[0]), "a;touch /tmp/x"]], ["images": []]],
        ["status": "Failed", "failures": ["x": [["node": "n", "reason": "r", "message": "m"]]]], [:]
      ),
    ]
    let values = objects.map { object -> JSONValue in
      var status: [String: JSONValue] = [
        "reason": "ImageCacheCreate", "message": "x", "startTime": "2026-01-01T00:00:00Z",
      ]
      status.merge(object.status) { $1 }
      return [
        "apiVersion": "kubefledged.io/v1alpha2", "kind": "ImageCache",
        "metadata": ["name": .string(object.name), "namespace": .string(place), "annotations": object.annotations],
        "spec": ["cacheSpec": object.lists], "status": .object(status),
      ]
    }
    let list: JSONValue = ["apiVersion": "v1", "kind": "List", "items": .array(values)]
    try await cluster.unreviewed {
      try await cluster.apply(String(decoding: try JSONEncoder().encode(list), as: UTF8.self))
    }
    try await cluster.apply(programs)
    let jobs = "app=kubefledged"
    try await eventually("its Job has failed", within: .seconds(30), every: .milliseconds(300)) {
      let items = try await cluster.get("jobs", "-n", place, "-l", jobs)["items"]?.array ?? []
      return items.first?["metadata"]?["name"] == nil ? nil : true
    }
  }

  private static let upstream = """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata:
      name: imagecaches.kubefledged.io
      labels: {app: kubefledged, kubefledged: kubefledged-controller}
    spec:
      group: kubefledged.io
      scope: Namespaced
      names: {kind: ImageCache, plural: imagecaches, singular: imagecache, shortNames: [ic]}
      versions:
      - name: v1alpha2
        served: true
        storage: true
        schema:
          openAPIV3Schema:
            type: object
            required: [spec]
            properties:
              spec:
                type: object
                required: [cacheSpec]
                properties:
                  cacheSpec:
                    type: array
                    items:
                      type: object
                      required: [images]
                      properties:
                        images: {type: array, items: {type: string}}
                        nodeSelector: {type: object, additionalProperties: {type: string}}
                  imagePullSecrets:
                    type: array
                    items: {type: object, properties: {name: {type: string}}}
              status:
                type: object
                required: [message, reason, startTime, status]
                properties:
                  completionTime: {type: string, format: date-time}
                  startTime: {type: string, format: date-time}
                  status: {type: string}
                  reason: {type: string}
                  message: {type: string}
                  failures:
                    type: object
                    additionalProperties:
                      type: array
                      items:
                        type: object
                        required: [message, node, reason]
                        properties: {message: {type: string}, node: {type: string}, reason: {type: string}}
    """

  private var programs: String {
    """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: kubefledged-controller, namespace: \(place), labels: {app: kubefledged}}
    spec:
      replicas: 1
      selector: {matchLabels: {kubefledged: kubefledged-controller}}
      template:
        metadata: {labels: {kubefledged: kubefledged-controller, app: kubefledged}}
        spec: {containers: [{name: controller, image: 'example.invalid/kubefledged-controller:v0.10.0'}]}
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata: {name: kubefledged-test, labels: {app: kubefledged}}
    rules: []
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRoleBinding
    metadata: {name: kubefledged-test, labels: {app: kubefledged}}
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: kubefledged-test}
    subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:nodes'}]
    ---
    apiVersion: batch/v1
    kind: Job
    metadata: {name: left, namespace: \(place), labels: {app: kubefledged, kubefledged: kubefledged-image-manager}}
    spec:
      backoffLimit: 0
      template: {spec: {restartPolicy: Never, containers: [{name: c, image: 'example.invalid/x:1'}]}}
    ---
    apiVersion: admissionregistration.k8s.io/v1
    kind: ValidatingWebhookConfiguration
    metadata: {name: kubefledged-test, labels: {app: kubefledged}}
    webhooks:
    - name: validate-image-cache.kubefledged.io
      admissionReviewVersions: [v1]
      timeoutSeconds: 1
      failurePolicy: Fail
      sideEffects: None
      clientConfig: {service: {namespace: \(place), name: kubefledged-webhook-server, path: /validate-image-cache, port: 3443}}
      rules: [{operations: [CREATE, UPDATE], apiGroups: [kubefledged.io], apiVersions: [v1alpha2], resources: [imagecaches], scope: Namespaced}]
    """
  }
}
