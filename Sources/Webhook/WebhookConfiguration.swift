package import Certificates
package import Observability

/// How `swiftlet webhook` works.
package struct WebhookConfiguration: Sendable, Hashable {
  package static let defaultServiceName = "swiftlet-webhook"
  package static let defaultSecretName = "swiftlet-webhook-tls"
  package static let defaultConfigurationName = "swiftlet-webhook"
  /// As kube-fledged has it.
  package static let defaultPort = 443

  package struct Files: Sendable, Hashable {
    package var certificate: String
    package var key: String

    package init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  /// Of the Service and the Secret.
  package var namespace: String
  /// The Service by which API servers connect.
  package var serviceName = Self.defaultServiceName
  /// The Secret with the certificates, which all replicas share.
  package var secretName = Self.defaultSecretName
  /// The ValidatingWebhookConfiguration that is told whom to trust.
  package var configurationName = Self.defaultConfigurationName
  /// Where the certificate comes from, where others make it.
  package var files: Files?
  package var address = ListenAddress(port: Self.defaultPort)
  /// Where probes and metrics are served; nil for nowhere.
  package var adminAddress: ListenAddress? = ListenAddress(port: AdminPort.webhook)

  package init(namespace: String) {
    self.namespace = namespace
  }

  /// By what names API servers, and others in the cluster, call the Service.
  package var names: ServerNames {
    let full = "\(serviceName).\(namespace).svc"
    return ServerNames(commonName: full, dnsNames: [full, "\(serviceName).\(namespace)", "\(full).cluster.local"])
  }
}
