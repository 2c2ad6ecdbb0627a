package import KubernetesClient

/// An object of which nothing matters but its metadata.
package struct BareDeployed: KubernetesResource, Hashable {
  /// What kube-fledged's Helm operator installs from.
  package static let resourceType = ResourceType(
    group: "charts.helm.kubefledged.io", version: "v1alpha2", resource: "kubefledgeds", kind: "KubeFledged",
    isNamespaced: true)

  package var metadata: ObjectMeta
}

/// `v1` Service: whether it is there.
package struct SurveyedService: KubernetesResource, Hashable {
  package static let resourceType = ResourceType(
    group: "", version: "v1", resource: "services", kind: "Service", isNamespaced: true)

  package var metadata: ObjectMeta
}

/// `v1` Endpoints: whether anybody answers for a Service.
package struct SurveyedEndpoints: KubernetesResource, Hashable {
  package static let resourceType = ResourceType(
    group: "", version: "v1", resource: "endpoints", kind: "Endpoints", isNamespaced: true)

  package struct Subset: Codable, Sendable, Hashable {
    package struct Address: Codable, Sendable, Hashable {}
    package var addresses: [Address]?
  }

  package var metadata: ObjectMeta
  package var subsets: [Subset]?

  var hasAddresses: Bool { (subsets ?? []).contains { !($0.addresses ?? []).isEmpty } }
}

/// The definition of ImageCache, as far as a move is concerned.
package struct SurveyedDefinition: KubernetesResource, Hashable {
  package static let resourceType = CustomResourceDefinition.resourceType
  package static let name = "imagecaches.kubefledged.io"

  package struct Spec: Codable, Sendable, Hashable {
    package struct Version: Codable, Sendable, Hashable {
      package struct Subresources: Codable, Sendable, Hashable {
        package var status: JSONValue?
      }
      package var name: String
      package var subresources: Subresources?
    }
    package var versions: [Version]?
  }

  package var metadata: ObjectMeta
  package var spec: Spec?

  var hasStatusSubresource: Bool { (spec?.versions ?? []).contains { $0.subresources?.status != nil } }
}

/// `rbac.authorization.k8s.io/v1` ClusterRoleBinding in part.
package struct SurveyedBinding: KubernetesResource, Hashable {
  package static let resourceType = ResourceType(
    group: "rbac.authorization.k8s.io", version: "v1", resource: "clusterrolebindings", kind: "ClusterRoleBinding",
    isNamespaced: false)

  package struct RoleReference: Codable, Sendable, Hashable {
    package var kind: String
    package var name: String
  }

  package struct Subject: Codable, Sendable, Hashable {
    package var kind: String
    package var name: String
    package var namespace: String?
  }

  package var metadata: ObjectMeta
  package var roleRef: RoleReference
  package var subjects: [Subject]?

  /// Whether it is one of kube-fledged's, under whatever name its chart was installed.
  var isKubeFledgeds: Bool {
    let labels = metadata.labels ?? [:]
    if labels["app.kubernetes.io/name"] == "swiftlet" { return false }
    if labels["app"] == "kubefledged" || KubeFledgedNames.isOne(labels["app.kubernetes.io/name"]) { return true }
    return KubeFledgedNames.isOne(roleRef.name) || (subjects ?? []).contains { KubeFledgedNames.isOne($0.name) }
  }

  /// What the role that it gives allows, in kube-fledged's manifests and chart.
  var rights: String {
    roleRef.name.hasSuffix("webhook-server")
      ? "change any ValidatingWebhookConfiguration of the cluster" : "make and delete Jobs in every namespace"
  }

  var bindsAllNodes: Bool { (subjects ?? []).contains { $0.kind == "Group" && $0.name == "system:nodes" } }
}

/// `batch/v1` Job, as far as it is counted.
package struct SurveyedJob: KubernetesResource, Hashable {
  package static let resourceType = Job.resourceType
  /// kube-fledged's Jobs; those of Swiftlet, which have these labels too, aside.
  package static let selector = "app=kubefledged,app.kubernetes.io/name!=swiftlet"

  package struct Status: Codable, Sendable, Hashable {
    package var active: Int?
  }

  package var metadata: ObjectMeta
  package var status: Status?

  var isKubeFledgeds: Bool {
    metadata.labels?["app"] == "kubefledged" && metadata.labels?["app.kubernetes.io/name"] != "swiftlet"
  }
}

/// `authorization.k8s.io/v1` SubjectAccessReview: whether somebody may do something. Created, never stored.
struct SubjectAccessReview: KubernetesResource {
  static let resourceType = ResourceType(
    group: "authorization.k8s.io", version: "v1", resource: "subjectaccessreviews", kind: "SubjectAccessReview",
    isNamespaced: false)

  struct Attributes: Codable, Sendable {
    var namespace: String
    var verb: String
    var resource: String
    var name: String
  }

  struct Spec: Codable, Sendable {
    var user: String
    var groups: [String]
    var resourceAttributes: Attributes
  }

  struct Status: Codable, Sendable {
    var allowed: Bool
  }

  var metadata = ObjectMeta()
  var spec: Spec
  var status: Status?
}
