package import ContainerRuntime
package import OCI

extension SimulatedRuntime: ImageRuntime {
  package func information() async throws(RuntimeError) -> RuntimeInformation {
    let (name, version) = (name, version)
    return try call("ask the runtime's version") { state throws(RuntimeError) in
      RuntimeInformation(name: name, version: version, endpoint: "simulated:", features: state.features)
    }
  }

  package func images() async throws(RuntimeError) -> [RuntimeImage] {
    try call("list images") { state throws(RuntimeError) in state.images.values.sorted { $0.id < $1.id } }
  }

  package func image(_ reference: ImageReference) async throws(RuntimeError) -> RuntimeImage? {
    try call("look up \(reference)") { state throws(RuntimeError) in state.image(named: reference.normalized) }
  }

  package func untag(_ reference: ImageReference) async throws(RuntimeError) {
    let dropped = try call("drop the name \(reference)") { state throws(RuntimeError) in
      state.drop(reference.normalized)
    }
    if dropped { changed() }
  }

  package func remove(id: String) async throws(RuntimeError) {
    let removed = try call("remove \(id)") { state throws(RuntimeError) in
      guard let image = state.image(named: id) else { return false }
      state.images[image.id] = nil
      return true
    }
    if removed { changed() }
  }

  package func containers() async throws(RuntimeError) -> [RuntimeContainer] {
    try call("list containers") { state throws(RuntimeError) in state.containers }
  }

  package func filesystem() async throws(RuntimeError) -> ImageFilesystem {
    try call("look up the image file system") { state throws(RuntimeError) in
      let used = state.usedBytes
      return ImageFilesystem(
        mountpoint: "/var/lib/simulated", usedBytes: used, capacityBytes: state.capacityBytes,
        availableBytes: state.capacityBytes > used ? state.capacityBytes - used : 0)
    }
  }

  package func setPinned(_ pinned: Bool, id: String) async throws(RuntimeError) {
    let operation = "\(pinned ? "pin" : "unpin") \(id)"
    let name = name
    let isNew = try call(operation) { state throws(RuntimeError) in
      guard state.features.contains(.pins) else { throw .unsupported(operation, by: name) }
      guard let image = state.images[id] else {
        guard pinned else { return false }
        throw RuntimeError(operation: operation, reason: .notFound, message: "there is no image of that ID")
      }
      state.images[id]?.pinned = pinned
      return image.pinned != pinned
    }
    if isNew { changed() }
  }

  package func changes() async throws(RuntimeError) -> ImageChanges {
    let operation = "watch images"
    let (listeners, name) = (listeners, name)
    try call(operation) { state throws(RuntimeError) in
      guard state.features.contains(.events) else { throw .unsupported(operation, by: name) }
    }
    let listener = listeners.add()
    return ImageChanges { hint throws(RuntimeError) in
      hint()
      for await _ in listener.changes { hint() }
      listeners.remove(listener.id)
      guard !Task.isCancelled else { return }
      throw RuntimeError(operation: operation, kind: .unavailable, message: "the simulated runtime went down")
    }
  }
}
