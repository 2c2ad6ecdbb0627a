/// What a spec says of the images that a node's agent leaves to Jobs. The planner carries it along, as far as it is still
/// about something.
package struct JobsAccount: Hashable, Sendable {
  package enum State: Hashable, Sendable {
    case pulling
    case failed
  }

  package struct Entry: Hashable, Sendable {
    package var state: State?
    package var attempts: Int?
    package var reason: String?
    package var message: String?
    package var retryAt: Instant?
    package var checkedAt: Instant?

    package init(
      state: State? = nil, attempts: Int? = nil, reason: String? = nil, message: String? = nil,
      retryAt: Instant? = nil, checkedAt: Instant? = nil
    ) {
      self.state = state
      self.attempts = attempts
      self.reason = reason
      self.message = message
      self.retryAt = retryAt
      self.checkedAt = checkedAt
    }
  }

  package var images: [ImageKey: Entry]
  /// Grants that were given back.
  package var released: Set<String>

  package init(images: [ImageKey: Entry] = [:], released: Set<String> = []) {
    self.images = images
    self.released = released
  }

  package var isEmpty: Bool { images.isEmpty && released.isEmpty }
}
