import ContainerRuntime
import KubernetesClient

/// Which images are to be kept from the kubelet's garbage collection.
package enum PinPolicy {
  package struct Choice: Sendable, Hashable {
    /// The images to pin, the most important first.
    package var chosen: [DiskPressure.Candidate] = []
    /// How many more are there whose plan asks for a pin, and that don't fit under the bound.
    package var leftOut = 0

    package init() {}
  }

  /// Of the images that are there and whose plan asks for a pin, the most important that take less than half of the
  /// image file system together: by priority, then by name. An image that doesn't fit is passed over. The same input
  /// gives the same choice.
  ///
  /// - Parameter capacity: of the image file system; nil where it isn't known, and then there is no bound.
  package static func choose(
    _ images: some Sequence<WantedImage>, observed: ObservedImages, capacity: UInt64?, footprint: Footprint
  ) -> Choice {
    var choice = Choice()
    var seen: Set<String> = []
    var bytes: UInt64 = 0
    let ordered = images.filter(\.isPinWanted).sorted {
      $0.priority != $1.priority ? $0.priority > $1.priority : $0.name < $1.name
    }
    for image in ordered {
      guard let there = observed[name: image.name], seen.insert(there.id).inserted else { continue }
      let candidate = DiskPressure.Candidate(id: there.id, bytes: footprint.bytes(ofSize: there.size))
      let (sum, overflow) = bytes.addingReportingOverflow(candidate.bytes)
      if let capacity, overflow || sum >= capacity / 2 {
        choice.leftOut += 1
      } else {
        bytes = sum
        choice.chosen.append(candidate)
      }
    }
    return choice
  }
}
