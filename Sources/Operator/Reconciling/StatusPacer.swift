package import KubernetesClient
import KubernetesRuntime

/// When a status may be written: at once when it is the first change for a while or when `Ready` or `Degraded` flips,
/// and otherwise at most once in `interval` for each object.
package struct StatusPacer: Sendable {
  package static let interval = Duration.seconds(2)

  private var lastWrite: [ObjectKey: Duration] = [:]

  package init() {}

  /// - Parameters:
  ///   - old: the conditions that the object has.
  ///   - new: those that it should have.
  ///   - now: the time on any clock that doesn't go backwards.
  /// - Returns: how long to wait; nil for not at all.
  package func delay(
    _ key: ObjectKey, from old: [Condition], to new: [Condition], now: Duration
  ) -> Duration? {
    guard let last = lastWrite[key], !Self.flips(old, new) else { return nil }
    let due = last + Self.interval
    return due > now ? due - now : nil
  }

  /// A write was made, or tried.
  package mutating func wrote(_ key: ObjectKey, now: Duration) {
    lastWrite[key] = now
  }

  package mutating func forget(_ key: ObjectKey) {
    lastWrite[key] = nil
  }

  private static func flips(_ old: [Condition], _ new: [Condition]) -> Bool {
    ["Ready", "Degraded"].contains { old.condition($0)?.status != new.condition($0)?.status }
  }
}
