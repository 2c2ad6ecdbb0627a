/// Containers by which Swiftlet's own Jobs have kubelets pull images.
///
/// They use nothing: all that they do is end. Kubelets leave them lying for a minute or two, and until then they'd keep
/// from being removed what nobody uses.
package enum JobContainers {
  /// What the names of pods that pull begin with.
  package static let podPrefix = "swiftlet-pull-"
  /// What the names of their containers for one image each begin with.
  package static let containerPrefix = "image-"
  /// The name of the container that mounts all images.
  package static let mounter = "images"

  /// Whether a container is such a one, by the labels that kubelets give to containers.
  static func hasOne(labels: [String: String]) -> Bool {
    guard labels["io.kubernetes.pod.name"]?.hasPrefix(podPrefix) == true,
      let name = labels["io.kubernetes.container.name"]
    else { return false }
    return name == mounter || name.hasPrefix(containerPrefix)
  }
}
