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
    for pod in pods where !isPullDone(pod) {
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

  /// A pod of Swiftlet's own that pulled, and is over or about to go, needs none of its images any more.
  private static func isPullDone(_ pod: Pod) -> Bool {
    let isOver = pod.metadata.deletionTimestamp != nil || ["Succeeded", "Failed"].contains(pod.status?.phase)
    return isOver && pod.metadata.labels?[JobOrder.kindLabel] != nil
  }

  private static func key(_ text: String) -> ImageKey? {
    do throws(ImageReferenceError) {
      return ImageKey(normalized: try ImageReference(parsing: text).normalized)
    } catch {
      return nil
    }
  }
}
