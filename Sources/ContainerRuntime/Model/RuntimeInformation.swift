/// Who the runtime is.
package struct RuntimeInformation: Sendable, Hashable {
  /// As the runtime calls itself, such as `containerd` or `cri-o`.
  package var name: String
  package var version: String
  /// Where it listens, such as `unix:///run/containerd/containerd.sock`.
  package var endpoint: String
  package var features: Set<RuntimeFeature>

  package init(name: String, version: String, endpoint: String, features: Set<RuntimeFeature>) {
    self.name = name
    self.version = version
    self.endpoint = endpoint
    self.features = features
  }
}
