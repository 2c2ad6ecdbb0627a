package import KubernetesClient

/// A Job that is to be made.
package struct JobDraft: Sendable, Hashable {
  package var order: JobOrder
  package var namespace: String
  package var name: String
  package var secrets: [String]
  /// The one ImageCache that it serves.
  package var imageCache: ObjectKey?

  package init(
    order: JobOrder, namespace: String, name: String, secrets: [String] = [], imageCache: ObjectKey? = nil
  ) {
    self.order = order
    self.namespace = namespace
    self.name = name
    self.secrets = secrets
    self.imageCache = imageCache
  }

  package var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }
}
