package import KubernetesClient

/// From when until when a certificate holds, in whole seconds.
package struct Validity: Sendable, Hashable {
  /// What clocks of others may be behind.
  package static let clockMargin = Duration.seconds(3600)

  package let from: Timestamp
  package let until: Timestamp

  package init(from: Timestamp, until: Timestamp) {
    self.from = from.wholeSeconds
    self.until = until.wholeSeconds
  }

  /// From a little before now, for clocks that are behind.
  package init(now: Timestamp, lifetime: Duration) {
    self.init(from: now + (.zero - Self.clockMargin), until: now + lifetime)
  }

  package func contains(_ time: Timestamp) -> Bool { from <= time && time < until }
}
