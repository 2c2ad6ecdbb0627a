package import KubernetesClient
package import Planning

extension Instant {
  package init(_ timestamp: Timestamp) {
    self.init(microseconds: timestamp.microseconds)
  }
}

extension Timestamp {
  package init(_ instant: Instant) {
    self.init(microseconds: instant.microseconds)
  }
}
