package import KubernetesClient

/// `apps/v1` Deployment, as far as it says what runs.
package struct SurveyedDeployment: KubernetesResource, Hashable {
  package static let resourceType = ResourceType(
    group: "apps", version: "v1", resource: "deployments", kind: "Deployment", isNamespaced: true)

  package struct Container: Codable, Sendable, Hashable {
    package struct Variable: Codable, Sendable, Hashable {
      package var name: String
    }
    package var image: String?
    package var command: [String]?
    package var env: [Variable]?
  }

  package struct PodSpec: Codable, Sendable, Hashable {
    package var containers: [Container]?
    package var serviceAccountName: String?
  }

  package struct Template: Codable, Sendable, Hashable {
    package var spec: PodSpec?
  }

  package struct Spec: Codable, Sendable, Hashable {
    package var replicas: Int?
    package var template: Template?
  }

  package struct Status: Codable, Sendable, Hashable {
    package var replicas: Int?
  }

  package var metadata: ObjectMeta
  package var spec: Spec?
  package var status: Status?

  /// Which of kube-fledged's programs it runs.
  package enum Program: String, Codable, Sendable, Hashable, CaseIterable {
    case controller = "kubefledged-controller"
    case webhookServer = "kubefledged-webhook-server"
    /// The Helm operator that installs the other two, and puts them back when they change.
    case helmOperator = "kubefledged-operator"
  }

  /// Nil where it runs none of them, whatever its name.
  package var program: Program? {
    let containers = spec?.template?.spec?.containers ?? []
    let programs = containers.flatMap { container in
      [container.image, container.command?.first].compactMap { $0 }.map { KubeFledgedNames.program(ofImage: $0) }
    }
    for program in Program.allCases where programs.contains(where: { $0.hasPrefix(program.rawValue) }) {
      return program
    }
    // A build of one's own under kube-fledged's manifests.
    guard !programs.contains(where: { $0.contains("swiftlet") }) else { return nil }
    let labels = metadata.labels ?? [:]
    for program in Program.allCases
    where labels["kubefledged"] == program.rawValue || labels["component"] == program.rawValue { return program }
    guard containers.contains(where: { ($0.env ?? []).contains { $0.name == "KUBEFLEDGED_NAMESPACE" } }) else {
      return nil
    }
    return (metadata.name ?? "").hasSuffix("webhook-server") ? .webhookServer : .controller
  }

  package var isSwiftlet: Bool {
    metadata.labels?["app.kubernetes.io/name"] == "swiftlet"
      && metadata.labels?["app.kubernetes.io/component"] == "controller"
  }

  /// How many pods there should be, or still are.
  package var replicas: Int { max(spec?.replicas ?? 1, status?.replicas ?? 0) }

  /// Its ServiceAccount, where that is one of kube-fledged's own.
  package var ownAccount: String? {
    spec?.template?.spec?.serviceAccountName.flatMap { KubeFledgedNames.isOne($0) ? $0 : nil }
  }

  /// The Helm release that it belongs to.
  package var release: String? { metadata.helmRelease }
}

extension ObjectMeta {
  /// The Helm release that owns the object.
  var helmRelease: String? { annotations?["meta.helm.sh/release-name"] }
  var helmNamespace: String? { annotations?["meta.helm.sh/release-namespace"] }
}
