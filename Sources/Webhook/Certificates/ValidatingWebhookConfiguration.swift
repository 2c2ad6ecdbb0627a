package import KubernetesClient

/// `admissionregistration.k8s.io/v1` ValidatingWebhookConfiguration, as far as certificates are concerned.
package struct ValidatingWebhookConfiguration: KubernetesResource, Hashable {
  package static let resourceType = ResourceType(
    group: "admissionregistration.k8s.io", version: "v1", resource: "validatingwebhookconfigurations",
    kind: "ValidatingWebhookConfiguration", isNamespaced: false)

  package struct Webhook: Codable, Sendable, Hashable {
    package var name: String
    package var clientConfig: ClientConfig

    package init(name: String, clientConfig: ClientConfig = ClientConfig()) {
      self.name = name
      self.clientConfig = clientConfig
    }
  }

  package struct ClientConfig: Codable, Sendable, Hashable {
    /// Base64 of PEM.
    package var caBundle: String?

    package init(caBundle: String? = nil) {
      self.caBundle = caBundle
    }
  }

  package var metadata: ObjectMeta
  package var webhooks: [Webhook]?

  package init(metadata: ObjectMeta, webhooks: [Webhook]? = nil) {
    self.metadata = metadata
    self.webhooks = webhooks
  }
}
