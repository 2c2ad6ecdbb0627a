import Execution
package import KubernetesClient
import OCI
package import Planning

/// Which images pods use.
package enum PodImages {
  /// The images of all containers and image volumes, normalised; also those of pods that are over, since a kubelet may
  /// start them again or still hold their containers. A text that is no reference names no image that Swiftlet planned.
  package static func used(by pods: [Pod]) -> Set<ImageKey> {
    var keys: Set<ImageKey> = []
    // A pod of Swiftlet's own pulls what it names, and needs none of it: an image that isn't wanted any more can go, also
    // while such a pod is about to be stopped.
    for pod in pods where pod.metadata.labels?[JobOrder.kindLabel] == nil {
      let spec = pod.spec
      var texts = [spec?.containers, spec?.initContainers, spec?.ephemeralContainers].flatMap { containers in
        (containers ?? []).compactMap(\.image)
      }
      texts += (spec?.volumes ?? []).compactMap { $0.image?.reference }
      texts += (pod.status?.containerStatuses ?? []).compactMap(\.image)
      for text in texts {
        if let key = key(text) { keys.insert(key) }
      }
    }
    return keys
  }

  private static func key(_ text: String) -> ImageKey? {
    do throws(ImageReferenceError) {
      return ImageKey(normalized: try ImageReference(parsing: text).normalized)
    } catch {
      return nil
    }
  }
}
