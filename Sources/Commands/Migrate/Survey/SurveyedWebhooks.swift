package import KubernetesClient

/// `admissionregistration.k8s.io/v1` ValidatingWebhookConfiguration, as far as it says who is asked about ImageCaches.
package struct SurveyedWebhooks: KubernetesResource, Hashable {
  package static let resourceType = ResourceType(
    group: "admissionregistration.k8s.io", version: "v1", resource: "validatingwebhookconfigurations",
    kind: "ValidatingWebhookConfiguration", isNamespaced: false)

  package struct ClientConfig: Codable, Sendable, Hashable {
    package var service: ServiceName?
    package var url: String?
  }

  package struct Rule: Codable, Sendable, Hashable {
    package var apiGroups: [String]?
    package var resources: [String]?
  }

  package struct Webhook: Codable, Sendable, Hashable {
    package var name: String
    package var failurePolicy: String?
    package var timeoutSeconds: Int?
    package var clientConfig: ClientConfig?
    package var rules: [Rule]?

    /// Whether it is asked about ImageCaches by name. One that is asked about everything is no leftover.
    var isAboutImageCaches: Bool {
      (rules ?? []).contains { ($0.apiGroups ?? []).contains("kubefledged.io") }
    }

    /// `Fail` where absent: what can't be asked about is refused.
    var failsClosed: Bool { failurePolicy != "Ignore" }
  }

  package var metadata: ObjectMeta
  package var webhooks: [Webhook]?

  /// Those that aren't Swiftlet's and are asked about ImageCaches.
  package var foreign: [Webhook] {
    guard metadata.labels?["app.kubernetes.io/name"] != "swiftlet" else { return [] }
    return (webhooks ?? []).filter { $0.isAboutImageCaches && $0.clientConfig?.service?.name != "swiftlet-webhook" }
  }
}

package struct ServiceName: Codable, Sendable, Hashable {
  package var namespace: String
  package var name: String

  package init(namespace: String, name: String) {
    self.namespace = namespace
    self.name = name
  }
}

/// Whether anybody answers for a Service.
package enum ServiceState: String, Codable, Sendable, Hashable {
  case missing
  case withoutEndpoints
  case there
}
