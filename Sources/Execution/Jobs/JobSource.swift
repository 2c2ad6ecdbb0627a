package import KubernetesClient

/// Where a Job for an image runs, and for whom.
package struct JobSource: Sendable, Hashable {
  /// Pull secrets in the order in which they are to be tried, as namespace and name.
  package var secrets: [Secret]
  /// The ImageCache that wants the image, where only one object does.
  package var imageCache: ObjectKey?

  package struct Secret: Sendable, Hashable {
    package let namespace: String
    package let name: String

    package init(namespace: String, name: String) {
      self.namespace = namespace
      self.name = name
    }
  }

  package init(secrets: [Secret] = [], imageCache: ObjectKey? = nil) {
    self.secrets = secrets
    self.imageCache = imageCache
  }

  /// A pod can use secrets of its own namespace only: with several namespaces, each gets its attempt.
  func place(attempts: Int, otherwise namespace: String) -> (namespace: String, secrets: [String]) {
    var namespaces: [String] = []
    for secret in secrets where !namespaces.contains(secret.namespace) { namespaces.append(secret.namespace) }
    guard !namespaces.isEmpty else { return (namespace, []) }
    let chosen = namespaces[attempts % namespaces.count]
    return (chosen, secrets.filter { $0.namespace == chosen }.map(\.name))
  }
}
