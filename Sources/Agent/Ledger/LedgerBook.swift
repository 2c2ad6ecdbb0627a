import SwiftletAPI

/// The ledger in memory, and how much of it is safely stored.
///
/// What must be known after a crash (pulls and pins that are about to happen) is written first and done once
/// `isDurable` says so. If the file can't be written, work goes on: what is then lost after a crash only is that some
/// images count as found rather than pulled, and stay.
package struct LedgerBook: Sendable {
  package private(set) var ledger: Ledger
  private var revision = 0
  private var stored = 0
  private var saving: Int?
  /// The revision that first held a promise, by what it is about.
  private var promises: [String: Int] = [:]
  package private(set) var failure: String?

  package init(_ ledger: Ledger) {
    self.ledger = ledger
  }

  package subscript(name: String) -> LedgerEntry? { ledger.images[name] }

  package mutating func set(_ entry: LedgerEntry?, for name: String) {
    guard ledger.images[name] != entry else { return }
    ledger.images[name] = entry
    revision += 1
  }

  package mutating func setPin(_ isPinned: Bool, id: String) {
    guard ledger.pins.contains(id) != isPinned else { return }
    if isPinned { ledger.pins.insert(id) } else { ledger.pins.remove(id) }
    revision += 1
  }

  /// Notes that the ledger now holds what must be stored before something is done.
  package mutating func promise(_ key: String) {
    if promises[key] == nil { promises[key] = revision }
  }

  package mutating func forgetPromise(_ key: String) { promises[key] = nil }

  package func hasPromise(_ key: String) -> Bool { promises[key] != nil }

  /// Whether what was promised is stored, or can't be.
  package func isDurable(_ key: String) -> Bool {
    guard let promised = promises[key] else { return false }
    return promised <= stored || failure != nil
  }

  /// The ledger to store next, if there is anything new and nothing is being stored.
  package mutating func nextSave() -> (ledger: Ledger, revision: Int)? {
    guard saving == nil, revision > stored else { return nil }
    saving = revision
    return (ledger, revision)
  }

  package var isSettled: Bool { saving == nil && revision == stored }

  package mutating func saved(_ revision: Int, failure: String?) {
    saving = nil
    self.failure = failure
    // A file that can't be written is tried again with the next change, not over and over.
    stored = max(stored, revision)
  }
}
