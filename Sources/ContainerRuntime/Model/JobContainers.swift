/// Containers by which Swiftlet's own Jobs have kubelets pull images.
///
/// They use nothing: all that they do is end. Kubelets leave them lying for a minute or two, and until then they'd keep
/// from being removed what nobody uses.
package enum JobContainers {
  /// What the names of pods that pull begin with.
  package static let podPrefix = "swiftlet-pull-"
  /// What the names of their containers begin with.
  package static let containerPrefix = "image-"

  /// Whether a container is such a one, by the labels that kubelets give to containers.
  static func hasOne(labels: [String: String]) -> Bool {
    labels["io.kubernetes.pod.name"]?.hasPrefix(podPrefix) == true
      && labels["io.kubernetes.container.name"]?.hasPrefix(containerPrefix) == true
  }
}
