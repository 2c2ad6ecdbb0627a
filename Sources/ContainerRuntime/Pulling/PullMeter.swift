package import OCI

/// Works out how far a pull is from what containerd is fetching, and whether it is stuck.
///
/// containerd doesn't say which pull fetches a layer. A layer counts here if a manifest of the pulled repository that
/// is being fetched lists it (`learn`), or, as long as no such manifest is known, if it appeared while this was the
/// only pull (`isAlone`). Two pulls from the same repository at the same time may count each other's layers; totals and
/// bytes then still agree with each other. What can't be told apart is left out, so progress errs on the low side.
package struct PullMeter: Sendable {
  package typealias Instant = ContinuousClock.Instant

  private struct Layer {
    var size: UInt64
    var transferred: UInt64 = 0
    var isDone = false
  }

  /// Layers that were fetched by others when the pull began.
  private let foreign: Set<Digest>
  private var layers: [Digest: Layer] = [:]
  private var knowsManifest = false
  private var shown: PullProgress?
  private var seen: [Digest: UInt64] = [:]
  private var lastMovement: Instant
  /// Whether the last look showed layers on their way.
  private var isFetching = false
  private var hasFetched = false

  package init(foreign: some Sequence<Ingest>, now: Instant) {
    self.foreign = Set(foreign.map(\.layer))
    lastMovement = now
  }

  /// Layers on their way that no known manifest lists: worth looking for one.
  package func unknown(among ingests: [Ingest]) -> Set<Digest> {
    Set(ingests.map(\.layer)).subtracting(knowsManifest ? Set(layers.keys) : [])
  }

  /// Takes a manifest of this pull's repository that lists a layer which is being fetched.
  ///
  /// - Parameter present: those of its layers that were there already and needn't be fetched.
  package mutating func learn(_ manifest: ManifestLayers, present: Set<Digest>) {
    if !knowsManifest {
      // What was only guessed so far is dropped unless the manifest lists it.
      layers = layers.filter { manifest.sizes[$0.key] != nil }
      knowsManifest = true
    }
    for (digest, size) in manifest.sizes {
      if var layer = layers[digest] {
        layer.size = max(size, layer.transferred)
        layers[digest] = layer
      } else if !present.contains(digest) {
        layers[digest] = Layer(size: size)
      }
    }
  }

  /// Takes what containerd is fetching now, and returns the pull's progress if it changed.
  package mutating func observe(_ ingests: [Ingest], isAlone: Bool, now: Instant) -> PullProgress? {
    note(movementIn: ingests, now: now)
    var running: Set<Digest> = []
    for ingest in ingests {
      let isOurs = layers[ingest.layer] != nil || (!knowsManifest && isAlone && !foreign.contains(ingest.layer))
      guard isOurs else { continue }
      running.insert(ingest.layer)
      hasFetched = true
      var layer = layers[ingest.layer] ?? Layer(size: 0)
      layer.size = max(layer.size, ingest.total, ingest.offset)
      layer.transferred = max(layer.transferred, ingest.offset)
      layer.isDone = false
      layers[ingest.layer] = layer
    }
    // A layer that was on its way and isn't any more is there.
    for (digest, layer) in layers where layer.transferred > 0 && !running.contains(digest) {
      layers[digest]?.isDone = true
    }
    return show()
  }

  /// All of it, once the pull has succeeded; nil if nothing was ever shown.
  package mutating func finish() -> PullProgress? {
    guard let total = shown?.totalBytes else { return nil }
    let all = PullProgress(transferredBytes: total, totalBytes: total)
    defer { shown = all }
    return all == shown ? nil : all
  }

  /// Whether nothing has moved for `limit`. Unpacking, which containerd says nothing about, isn't being stuck.
  package func isStuck(for limit: Duration, now: Instant) -> Bool {
    guard isFetching || !hasFetched else { return false }
    return now - lastMovement >= limit
  }

  private mutating func note(movementIn ingests: [Ingest], now: Instant) {
    let offsets = Dictionary(ingests.map { ($0.layer, $0.offset) }, uniquingKeysWith: max)
    // Foreign layers count too: the runtime may well hold ours back because of them.
    if offsets != seen { lastMovement = now }
    seen = offsets
    isFetching = !ingests.isEmpty
  }

  private mutating func show() -> PullProgress? {
    guard !layers.isEmpty else { return nil }
    var total: UInt64 = 0
    var transferred: UInt64 = 0
    for layer in layers.values {
      total += layer.size
      transferred += layer.isDone ? layer.size : min(layer.transferred, layer.size)
    }
    total = max(total, shown?.totalBytes ?? 0)
    let next = PullProgress(
      transferredBytes: min(max(transferred, shown?.transferredBytes ?? 0), total), totalBytes: total)
    guard total > 0, next != shown else { return nil }
    shown = next
    return next
  }
}
