import ContainerRuntime
import OCI

/// A runtime in memory, for one thread.
struct ModelRuntime {
  struct Image {
    var tags: Set<String> = []
    var digests: Set<String> = []
    var pinned = false
    var isEmpty: Bool { tags.isEmpty && digests.isEmpty }
  }

  var images: [String: Image] = [:]
  /// Container name → image ID.
  var containers: [String: String] = [:]
  var isUp = true
  var features: Set<RuntimeFeature> = [.pins, .progress]
  var canUntag = true

  var listed: [RuntimeImage] {
    images.map { id, image in
      RuntimeImage(
        id: id, tags: image.tags.sorted(), digests: image.digests.sorted(), size: 1000, pinned: image.pinned)
    }.sorted { $0.id < $1.id }
  }

  var listedContainers: [RuntimeContainer] {
    containers.sorted { $0.key < $1.key }.map {
      RuntimeContainer(id: $0.key, imageReference: $0.value, imageID: $0.value)
    }
  }

  var information: RuntimeInformation {
    RuntimeInformation(name: "model", version: "1", endpoint: "unix:///model", features: features)
  }

  func id(of name: String) -> String? {
    images.first { $0.value.tags.contains(name) || $0.value.digests.contains(name) }?.key
  }

  func has(_ name: String) -> Bool { id(of: name) != nil }

  /// What a pull of `name` leaves behind when the registry has the image `id` under it.
  mutating func add(_ name: String, id: String) throws {
    let reference = try ImageReference(parsing: name)
    drop(name)
    var image = images[id] ?? Image()
    if reference.digest == nil { image.tags.insert(name) }
    image.digests.insert(reference.digest == nil ? "\(reference.name)@\(id)" : name)
    images[id] = image
  }

  mutating func drop(_ name: String) {
    guard let id = id(of: name) else { return }
    images[id]?.tags.remove(name)
    images[id]?.digests.remove(name)
    if images[id]?.isEmpty == true { images[id] = nil }
  }
}
