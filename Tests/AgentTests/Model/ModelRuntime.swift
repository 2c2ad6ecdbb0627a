import Agent
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
  var name = "model"
  var features: Set<RuntimeFeature> = [.pins, .progress]
  var canUntag = true
  /// Of the image file system; nil where the agent can't see it.
  var capacity: UInt64?
  /// What others have put there.
  var otherBytes: UInt64 = 0
  /// Sizes by ID; 1000 where there is none.
  var sizes: [String: UInt64] = [:]

  var listed: [RuntimeImage] {
    images.map { id, image in
      RuntimeImage(
        id: id, tags: image.tags.sorted(), digests: image.digests.sorted(), size: size(id), pinned: image.pinned)
    }.sorted { $0.id < $1.id }
  }

  func size(_ id: String) -> UInt64 { sizes[id] ?? 1000 }

  var usedBytes: UInt64 { images.keys.reduce(otherBytes) { $0 + size($1) } }

  var filesystem: ImageFilesystem {
    ImageFilesystem(
      mountpoint: "/images", usedBytes: usedBytes, capacityBytes: capacity,
      availableBytes: capacity.map { $0 > usedBytes ? $0 - usedBytes : 0 })
  }

  func listing(isDetailed: Bool) -> RuntimeListing {
    RuntimeListing(
      images: listed, information: isDetailed ? information : nil, filesystem: isDetailed ? filesystem : nil)
  }

  /// What the kubelet does above 85 %: collects images that nobody uses and that aren't pinned, down to 80 %.
  ///
  /// - Returns: their IDs.
  func garbage() -> [String] {
    guard let capacity, usedBytes > capacity * 85 / 100 else { return [] }
    var used = usedBytes
    var garbage: [String] = []
    for (id, image) in images.sorted(by: { $0.key < $1.key })
    where !image.pinned && !containers.values.contains(id) && used > capacity * 80 / 100 {
      used -= size(id)
      garbage.append(id)
    }
    return garbage
  }

  var listedContainers: [RuntimeContainer] {
    containers.sorted { $0.key < $1.key }.map {
      RuntimeContainer(id: $0.key, imageReference: $0.value, imageID: $0.value)
    }
  }

  var information: RuntimeInformation {
    RuntimeInformation(name: name, version: "1", endpoint: "unix:///model", features: features)
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
