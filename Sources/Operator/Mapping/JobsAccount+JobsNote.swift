import KubernetesClient
package import Planning
package import SwiftletAPI

extension JobsAccount {
  package init(_ note: JobsNote) {
    self.init(
      images: (note.images ?? [:]).mapKeys { Entry($0) }, released: Set(note.released ?? []))
  }
}

extension JobsAccount.Entry {
  package init(_ image: JobsImage) {
    self.init(
      state: image.state.map { $0 == .pulling ? .pulling : .failed }, attempts: image.attempts, reason: image.reason,
      message: image.message, retryAt: image.retryAt.map { Instant($0) }, checkedAt: image.checkedAt.map { Instant($0) }
    )
  }
}

extension JobsNote {
  /// What to write; the same as was read.
  package init(_ account: JobsAccount) {
    self.init(
      images: account.images.isEmpty ? nil : account.images.mapNames { JobsImage($0) },
      released: account.released.isEmpty ? nil : account.released.sorted())
  }
}

extension JobsImage {
  package init(_ entry: JobsAccount.Entry) {
    self.init()
    state = entry.state.map { $0 == .pulling ? .pulling : .failed }
    attempts = entry.attempts
    reason = entry.reason
    message = entry.message
    retryAt = entry.retryAt.map { Timestamp($0) }
    checkedAt = entry.checkedAt.map { Timestamp($0) }
  }
}
