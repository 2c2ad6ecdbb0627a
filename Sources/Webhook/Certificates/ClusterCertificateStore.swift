#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
package import KubernetesClient

/// The cluster as certificate store. Asks for two objects by name and for nothing else.
package struct ClusterCertificateStore: CertificateStore {
  private let client: KubernetesClient
  private let namespace: String
  private let secretName: String
  private let configurationName: String

  package init(client: KubernetesClient, namespace: String, secretName: String, configurationName: String) {
    self.client = client
    self.namespace = namespace
    self.secretName = secretName
    self.configurationName = configurationName
  }

  package func configuration() async throws(KubernetesError) -> ValidatingWebhookConfiguration? {
    do {
      return try await client.get(ValidatingWebhookConfiguration.self, name: configurationName)
    } catch {
      guard error.isNotFound else { throw error }
      return nil
    }
  }

  package func secret() async throws(KubernetesError) -> Secret? {
    do {
      return try await client.get(Secret.self, name: secretName, namespace: namespace)
    } catch {
      guard error.isNotFound else { throw error }
      return nil
    }
  }

  package func write(_ book: CertificateBook, over secret: Secret?) async throws(KubernetesError) {
    guard let secret else {
      let made = Secret(
        metadata: ObjectMeta(
          name: secretName, namespace: namespace, labels: ["app.kubernetes.io/name": "swiftlet"],
          annotations: book.annotations.compactMapValues { $0 }),
        type: "Opaque", data: book.data.compactMapValues { $0 })
      _ = try await client.create(made)
      return
    }
    var metadata: JSONValue = [
      "annotations": .object(book.annotations.mapValues { $0.map { .string($0) } ?? .null })
    ]
    metadata["resourceVersion"] = secret.metadata.resourceVersion.map { .string($0) }
    let data = book.data.mapValues { value -> JSONValue in
      value.map { .string(Data($0.bytes).base64EncodedString()) } ?? .null
    }
    _ = try await client.patch(
      Secret.self, name: secretName, namespace: namespace,
      patch: .merge(["metadata": metadata, "data": .object(data)]))
  }

  package func trust(
    _ bundle: String, in configuration: ValidatingWebhookConfiguration
  ) async throws(KubernetesError) {
    let value = JSONValue.string(Data(bundle.utf8).base64EncodedString())
    // The whole object's version goes along: with another version the write conflicts.
    var steps: [JSONPatchOperation] = []
    if let version = configuration.metadata.resourceVersion {
      steps.append(.add(path: "/metadata/resourceVersion", value: .string(version)))
    }
    for (index, webhook) in (configuration.webhooks ?? []).enumerated() {
      steps.append(.test(path: "/webhooks/\(index)/name", value: .string(webhook.name)))
      steps.append(.add(path: "/webhooks/\(index)/clientConfig/caBundle", value: value))
    }
    _ = try await client.patch(ValidatingWebhookConfiguration.self, name: configurationName, patch: .json(steps))
  }
}
