package import KubernetesClient
import KubernetesRuntime

/// Whether the node's disk is short, and which of Swiftlet's pins are given up for that.
///
/// It begins when the Node says so or when more is used than `DiskLimits.maxUsedPercent`, and is over once both have
/// been calm for a while, the use down to `calmPercent`. While it lasts nothing is pulled and no pin comes back: what
/// the kubelet collects is not to be brought back at once.
package struct DiskPressure: Sendable {
  package enum Cause: Sendable, Hashable {
    /// So much of the image file system is used.
    case used(percent: UInt64)
    /// The Node has the condition DiskPressure.
    case reported
  }

  /// A pinned image that could be given up.
  package struct Candidate: Sendable, Hashable {
    package let id: String
    /// What it takes on disk.
    package let bytes: UInt64

    package init(id: String, bytes: UInt64) {
      self.id = id
      self.bytes = bytes
    }
  }

  static let calmTime = Duration.seconds(30)
  /// The kubelet collects images every five minutes. What it didn't take by then is in use, so others have to go.
  static let patience = Duration.seconds(360)
  /// How soon more pins go where only the Node says that the disk is short, and no reading shows how much.
  static let step = Duration.seconds(30)
  /// When the controller is told to look again; the end of the pressure tells it earlier.
  static let retrying = Backoff(initial: .seconds(600), max: .seconds(21_600), factor: 2, jitter: 0.2)

  package private(set) var cause: Cause?
  package private(set) var retryAt: Timestamp?
  /// IDs of images whose pins are given up for now.
  package private(set) var unpinned: Set<String> = []
  private var counted: Set<String> = []
  private var countedSince: Timestamp?
  private var steps = 0
  private var steppedAt: Timestamp?
  private var calmSince: Timestamp?
  private var attempts = 0

  package init() {}

  package var isActive: Bool { cause != nil }

  /// Takes in what is known.
  ///
  /// - Returns: whether there is something new to say.
  package mutating func update(
    isReported: Bool, space: DiskSpace?, limits: DiskLimits, now: Timestamp,
    using generator: inout some RandomNumberGenerator
  ) -> Bool {
    let isOver = space.map { $0.excess(over: limits.maxUsedPercent) > 0 } ?? false
    guard cause != nil else {
      guard isReported || isOver else { return false }
      cause = isReported ? .reported : .used(percent: space?.usedPercent ?? 0)
      postpone(now: now, using: &generator)
      return true
    }
    let isCalm = !isReported && space.map { $0.excess(over: limits.calmPercent) == 0 } ?? true
    guard isCalm else {
      calmSince = nil
      guard let retryAt, now >= retryAt else { return false }
      postpone(now: now, using: &generator)
      return true
    }
    let since = calmSince.map { min($0, now) } ?? now
    calmSince = since
    guard now - since >= Self.calmTime else { return false }
    self = DiskPressure()
    return true
  }

  private mutating func postpone(now: Timestamp, using generator: inout some RandomNumberGenerator) {
    attempts += 1
    retryAt = (now + Self.retrying.delay(attempt: attempts, using: &generator)).wholeSeconds
  }

  /// When something changes by itself.
  package var wakeAt: Timestamp? {
    guard isActive else { return nil }
    return [retryAt, calmSince.map { $0 + Self.calmTime }, steppedAt.map { $0 + Self.step }].compactMap { $0 }.min()
  }

  /// Gives up as many pins as are needed, in order.
  ///
  /// - Parameter candidates: the images to be pinned that are there, the first to go first, with those whose pins were
  ///   given up already.
  package mutating func giveUp(
    _ candidates: [Candidate], space: DiskSpace?, limits: DiskLimits, now: Timestamp
  ) {
    guard isActive, calmSince == nil else {
      steppedAt = nil
      return
    }
    if let since = countedSince, now - since >= Self.patience || now < since { counted = [] }
    let target = target(candidates, space, limits, now: now)
    var freed = candidates.reduce(0) { counted.contains($1.id) ? $0 + $1.bytes : $0 }
    for candidate in candidates where freed < target && !unpinned.contains(candidate.id) {
      unpinned.insert(candidate.id)
      counted.insert(candidate.id)
      countedSince = now
      freed += candidate.bytes
    }
  }

  /// How many bytes the kubelet is to find that it may collect.
  private mutating func target(
    _ candidates: [Candidate], _ space: DiskSpace?, _ limits: DiskLimits, now: Timestamp
  ) -> UInt64 {
    let excess = space?.excess(over: limits.calmPercent) ?? 0
    guard cause == .reported, excess == 0 else {
      steppedAt = nil
      return excess
    }
    // Another file system than the images', or its inodes: an eighth of them, then twice as many, until it helps.
    if steps < 4, steppedAt.map({ now - $0 >= Self.step || now < $0 }) ?? true {
      steps += 1
      steppedAt = now
    }
    if steps >= 4 { steppedAt = nil }
    let all = candidates.reduce(0) { $0 + $1.bytes }
    return all >> UInt64(max(0, 4 - steps))
  }
}
