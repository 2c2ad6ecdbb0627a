/// How far a pull is.
package struct PullProgress: Sendable, Hashable {
  /// Bytes fetched so far; never more than `totalBytes`.
  package var transferredBytes: UInt64
  /// Bytes to fetch in all, as far as known: it may grow while layers become known, and never shrinks.
  package var totalBytes: UInt64?

  package init(transferredBytes: UInt64, totalBytes: UInt64?) {
    self.transferredBytes = transferredBytes
    self.totalBytes = totalBytes
  }
}
