import ContainerRuntime
import OCI

/// What a simulated runtime has, without tasks and locks.
struct SimulatedState: Sendable {
  var features: Set<RuntimeFeature>
  var isAvailable = true
  /// What can be pulled, by normalised reference.
  var registry: [String: SimulatedImage] = [:]
  /// What is there, by ID.
  var images: [String: RuntimeImage] = [:]
  var containers: [RuntimeContainer] = []
  var capacityBytes: UInt64 = 100_000_000_000
  var counts = PullCounts()

  /// Looks like the runtimes' own lookup: by a name with a tag, by a name with a digest, or by ID.
  func image(named name: String) -> RuntimeImage? {
    images[name] ?? images.values.first { $0.tags.contains(name) || $0.digests.contains(name) }
  }

  /// Takes an image in under the reference that was pulled; a tag moves to it from wherever it was.
  mutating func store(_ image: SimulatedImage, as reference: ImageReference) {
    var stored = images[image.id] ?? RuntimeImage(id: image.id, tags: [], digests: [], size: image.size)
    if reference.digest == nil {
      for id in images.keys { images[id]?.tags.removeAll { $0 == reference.normalized } }
      stored.tags = (images[image.id]?.tags ?? []) + [reference.normalized]
    }
    let byDigest = "\(reference.name)@\(image.digest)"
    if !stored.digests.contains(byDigest) { stored.digests.append(byDigest) }
    images[image.id] = stored
  }

  /// Drops one name, and returns whether it was there.
  mutating func drop(_ name: String) -> Bool {
    guard let id = images.values.first(where: { $0.tags.contains(name) || $0.digests.contains(name) })?.id else {
      return false
    }
    images[id]?.tags.removeAll { $0 == name }
    images[id]?.digests.removeAll { $0 == name }
    return true
  }

  var usedBytes: UInt64 { images.values.reduce(0) { $0 + $1.size } }
}
