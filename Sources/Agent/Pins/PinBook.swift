import ContainerRuntime
package import KubernetesClient
import KubernetesRuntime

/// Pins being set or taken back, and what came of earlier attempts.
package struct PinBook: Sendable {
  private struct Expectation: Sendable {
    var isPinned: Bool
    var listSequence: Int
  }

  private struct Failure: Sendable {
    var attempts: Int
    var retryAt: Timestamp
  }

  /// How long a runtime may go on to list a pin that was taken back.
  static let lag = Duration.seconds(10)
  /// How many at the same time.
  static let limit = 4
  static let backoff = Backoff(initial: .seconds(10), max: .seconds(600), factor: 2, jitter: 0.2)

  private var inFlight: Set<String> = []
  private var expected: [String: Expectation] = [:]
  private var failures: [String: Failure] = [:]
  /// When pins were taken back.
  private var takenBack: [String: Timestamp] = [:]

  package init() {}

  package var isIdle: Bool { inFlight.isEmpty }

  package func isInFlight(_ id: String) -> Bool { inFlight.contains(id) }

  package func hasFailed(_ id: String) -> Bool { failures[id] != nil }

  package func canStart(_ id: String, now: Timestamp) -> Bool {
    inFlight.count < Self.limit && !inFlight.contains(id) && failures[id].map { now >= $0.retryAt } ?? true
  }

  package func retryAt(_ id: String) -> Timestamp? { failures[id]?.retryAt }

  package mutating func start(_ id: String) { inFlight.insert(id) }

  /// Whether what says that the image is pinned may be older than the end of our own pin.
  package func wasJustTakenBack(_ id: String, now: Timestamp) -> Bool {
    takenBack[id].map { now - $0 < Self.lag } ?? false
  }

  package mutating func succeeded(_ id: String, isPinned: Bool, listSequence: Int, now: Timestamp) {
    inFlight.remove(id)
    takenBack = takenBack.filter { now - $0.value < Self.lag }
    takenBack[id] = isPinned ? nil : now
    expected[id] = Expectation(isPinned: isPinned, listSequence: listSequence)
  }

  package mutating func failed(_ id: String, now: Timestamp, using generator: inout some RandomNumberGenerator) {
    inFlight.remove(id)
    let attempts = (failures[id]?.attempts ?? 0) + 1
    failures[id] = Failure(
      attempts: attempts, retryAt: now + Self.backoff.delay(attempt: attempts, using: &generator))
  }

  /// Corrects a list that is older than what was done since, and notes what didn't take effect.
  package mutating func reconcile(
    _ observed: inout ObservedImages, sequence: Int, now: Timestamp,
    using generator: inout some RandomNumberGenerator
  ) {
    for (id, expectation) in expected.sorted(by: { $0.key < $1.key }) {
      guard let image = observed.image(id: id) else {
        expected[id] = nil
        failures[id] = nil
        continue
      }
      if sequence < expectation.listSequence {
        observed.setPinned(expectation.isPinned, id: id)
      } else {
        expected[id] = nil
        if image.pinned == expectation.isPinned {
          failures[id] = nil
        } else {
          failed(id, now: now, using: &generator)
        }
      }
    }
    let there = Set(observed.ids)
    failures = failures.filter { there.contains($0.key) }
  }
}
