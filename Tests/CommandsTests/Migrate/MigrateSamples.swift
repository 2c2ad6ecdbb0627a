import Commands
import Foundation
import KubernetesClient
import SwiftletAPI

/// What a cluster with kube-fledged in it holds, as `kubectl get -o yaml` and kube-fledged's manifests say it.
enum MigrateSamples {
  static let now = Timestamp(Date(timeIntervalSince1970: 1_772_366_400))

  static func survey(_ text: String, namespace: String = "default") throws -> Survey {
    try Survey(try ManifestDocument.read(Array(text.utf8), file: "a.yaml"), namespace: namespace)
  }

  static func report(_ text: String, change: (inout Survey) -> Void = { _ in }) throws -> MigrationReport {
    var survey = try survey(text)
    change(&survey)
    return MigrationReport(survey, namespace: "swiftlet-system", now: now)
  }

  static func cache(
    _ name: String = "web", namespace: String = "team", lists: String = "[{images: ['nginx:1.27']}]", more: String = "",
    annotations: String = "{}",
    status: String? = "{status: Succeeded, reason: ImageCacheCreate, message: x, startTime: '2026-01-01T00:00:00Z'}"
  ) -> String {
    """
    ---
    apiVersion: kubefledged.io/v1alpha2
    kind: ImageCache
    metadata: {name: \(name), namespace: \(namespace), uid: \(namespace)-\(name), generation: 1, annotations: \(annotations)}
    spec: {cacheSpec: \(lists)\(more)}
    \(status.map { "status: \($0)" } ?? "")

    """
  }

  static func controller(replicas: Int = 1, namespace: String = "kube-fledged", metadata: String = "") -> String {
    """
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: kubefledged-controller, namespace: \(namespace)\(metadata)}
    spec:
      replicas: \(replicas)
      template:
        spec:
          containers:
          - image: registry.example:5000/mirror/kubefledged-controller:v0.10.0@sha256:\(String(repeating: "a", count: 64))

    """
  }

  static func operatorDeployment(replicas: Int = 1) -> String {
    """
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: kubefledged-operator, namespace: kube-fledged}
    spec:
      replicas: \(replicas)
      template: {spec: {containers: [{image: 'docker.io/senthilrch/kubefledged-operator:v0.10.0'}]}}

    """
  }

  static let operated = """
    ---
    apiVersion: charts.helm.kubefledged.io/v1alpha2
    kind: KubeFledged
    metadata: {name: kube-fledged, namespace: kube-fledged}
    spec: {controllerReplicaCount: 1}

    """

  static func webhook(policy: String = "Fail") -> String {
    """
    ---
    apiVersion: admissionregistration.k8s.io/v1
    kind: ValidatingWebhookConfiguration
    metadata: {name: kubefledged-webhook-server, labels: {app: kubefledged}}
    webhooks:
    - name: validate-image-cache.kubefledged.io
      failurePolicy: \(policy)
      timeoutSeconds: 1
      clientConfig: {service: {namespace: kube-fledged, name: kubefledged-webhook-server, path: /x}}
      rules: [{apiGroups: [kubefledged.io], apiVersions: [v1alpha2], resources: [imagecaches], operations: [CREATE, UPDATE]}]

    """
  }

  static func definition(metadata: String = "", subresources: String = "{}") -> String {
    """
    ---
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: imagecaches.kubefledged.io\(metadata)}
    spec: {group: kubefledged.io, versions: [{name: v1alpha2, served: true, storage: true, subresources: \(subresources)}]}

    """
  }

  static let binding = """
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRoleBinding
    metadata: {name: kubefledged-controller, labels: {app: kubefledged}}
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: kubefledged-controller}
    subjects:
    - {kind: ServiceAccount, name: kubefledged-controller, namespace: kube-fledged}
    - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:nodes'}

    """

  static func job(_ name: String, labels: String = "{app: kubefledged, imagecache: web}", active: Int = 0) -> String {
    """
    ---
    apiVersion: batch/v1
    kind: Job
    metadata: {name: \(name), namespace: team, labels: \(labels)}
    status: {active: \(active)}

    """
  }

  /// - Parameter images: how many names its kubelet reports besides.
  static func node(_ name: String, labels: String = "{}", has: [String] = [], more: Int = 0, cordoned: Bool = false)
    -> String
  {
    let names = has + (0..<more).map { "example.com/other/\($0):1" }
    let images = names.map { "{names: ['\($0)'], sizeBytes: 1}" }.joined(separator: ", ")
    return """
      ---
      apiVersion: v1
      kind: Node
      metadata: {name: \(name), uid: \(name), labels: \(labels)}
      spec: {unschedulable: \(cordoned)}
      status: {conditions: [{type: Ready, status: 'True'}], images: [\(images)]}

      """
  }
}
