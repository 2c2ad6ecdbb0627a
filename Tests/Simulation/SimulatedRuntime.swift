package import ContainerRuntime
package import OCI
import Synchronization

/// A container runtime that exists only in memory, under a test's control. It has no clock: a pull ends when the test
/// lets it.
package final class SimulatedRuntime: Sendable {
  let state: Mutex<SimulatedState>
  let gates = PullGates()
  let listeners = ChangeListeners()
  let name: String
  let version: String

  package init(
    name: String = "simulated", version: String = "1.0.0", features: Set<RuntimeFeature> = Set(RuntimeFeature.allCases)
  ) {
    self.name = name
    self.version = version
    state = Mutex(SimulatedState(features: features))
  }

  // MARK: The registry

  /// Makes an image available under a reference, or another one than before.
  package func publish(_ image: SimulatedImage, as reference: ImageReference) {
    state.withLock { $0.registry[reference.normalized] = image }
  }

  /// Publishes an image under a tag and under its digest.
  ///
  /// - Returns: the reference by digest.
  @discardableResult
  package func publish(_ image: SimulatedImage, tagged reference: ImageReference) throws -> ImageReference {
    let byDigest = reference.with(digest: try Digest(parsing: image.digest))
    publish(image, as: reference)
    publish(image, as: byDigest)
    return byDigest
  }

  /// Takes a reference out of the registry: pulls of it answer NotFound.
  package func unpublish(_ reference: ImageReference) {
    state.withLock { $0.registry[reference.normalized] = nil }
  }

  /// Changes how pulls of a reference go from now on.
  package func setBehavior(_ behavior: PullBehavior, of reference: ImageReference) {
    state.withLock { $0.registry[reference.normalized]?.behavior = behavior }
  }

  /// Lets one waiting pull of a reference go on; if none waits, the next one doesn't.
  package func release(_ reference: ImageReference) {
    gates.open(reference.normalized)
  }

  // MARK: The node

  /// Puts an image there behind everyone's back.
  package func addExternally(_ image: SimulatedImage, as reference: ImageReference) {
    state.withLock { $0.store(image, as: reference) }
    changed()
  }

  /// Takes an image with all its names away behind everyone's back.
  package func removeExternally(id: String) {
    state.withLock { $0.images[id] = nil }
    changed()
  }

  package func setContainers(_ containers: [RuntimeContainer]) {
    state.withLock { $0.containers = containers }
  }

  package func setCapacity(bytes: UInt64) {
    state.withLock { $0.capacityBytes = bytes }
  }

  /// Takes the runtime down: calls fail, running pulls are cut off and subscriptions end; or up again.
  package func setAvailable(_ isAvailable: Bool) {
    state.withLock { $0.isAvailable = isAvailable }
    guard !isAvailable else { return }
    gates.breakAll()
    listeners.endAll()
  }

  /// What the runtime has now, whether it answers or not, sorted by ID.
  package var present: [RuntimeImage] {
    state.withLock { $0.images.values.sorted { $0.id < $1.id } }
  }

  package var counts: PullCounts { state.withLock { $0.counts } }

  func changed() {
    if state.withLock({ $0.isAvailable && $0.features.contains(.events) }) { listeners.notify() }
  }

  /// Runs `body` on the state if the runtime is up.
  func call<Result>(
    _ operation: String, _ body: (inout sending SimulatedState) throws(RuntimeError) -> sending Result
  ) throws(RuntimeError) -> sending Result {
    try state.withLock { state throws(RuntimeError) in
      guard state.isAvailable else {
        throw RuntimeError(operation: operation, kind: .unavailable, message: "the simulated runtime is down")
      }
      return try body(&state)
    }
  }

  /// As after the runtime was replaced by another version.
  package func setFeatures(_ features: Set<RuntimeFeature>) { state.withLock { $0.features = features } }
}
