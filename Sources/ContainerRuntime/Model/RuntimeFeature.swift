/// What a runtime may offer beyond CRI.
package enum RuntimeFeature: String, Sendable, Hashable, Comparable, CaseIterable, CustomStringConvertible {
  /// `changes()` tells when images change.
  case events
  /// `setPinned(_:id:)` works.
  case pins
  /// `pull` tells how far it is, and notices when it is stuck.
  case progress

  package var description: String { rawValue }

  package static func < (left: RuntimeFeature, right: RuntimeFeature) -> Bool { left.rawValue < right.rawValue }
}
