package import KubernetesClient

/// What the controller says of pulls by Jobs on a node that has an agent: in the spec, since the status is the agent's.
package struct JobsNote: Codable, Sendable, Hashable {
  /// By normalised reference; images of which there is nothing to say are missing.
  package var images: [String: JobsImage]?
  /// Grants for Jobs under which nothing runs any more, and nothing will start again.
  package var released: [String]?

  package init(images: [String: JobsImage]? = nil, released: [String]? = nil) {
    self.images = images
    self.released = released
  }
}

/// What came of one image's Jobs. Whether the image is there is the agent's to say.
package struct JobsImage: Codable, Sendable, Hashable {
  package enum State: String, Codable, Sendable, Hashable, CaseIterable {
    /// A Job is at work.
    case pulling = "Pulling"
    /// The last one failed; the next is not before `retryAt`.
    case failed = "Failed"
  }

  package var state: State?
  /// Failed attempts since the image was last there.
  package var attempts: Int?
  /// A word in camel case.
  package var reason: String?
  /// At most 256 characters.
  package var message: String?
  package var retryAt: Timestamp?
  /// A Job compared the copy that is there with the registry then. It stays until the agent says so too.
  package var checkedAt: Timestamp?

  package init(state: State? = nil, attempts: Int? = nil, checkedAt: Timestamp? = nil) {
    self.state = state
    self.attempts = attempts
    self.checkedAt = checkedAt
  }
}

extension JobsImage.State {
  /// A newer controller may know others.
  package init(from decoder: any Decoder) throws {
    self = Self(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .failed
  }
}

extension NodeImage {
  /// The reason of an image that a Job may pull now: it isn't there, or is old, and the agent is prepared for it.
  package static let awaitsJobReason = "AwaitsJob"

  /// What the agent says, together with what came of the image's Jobs.
  package func with(_ note: JobsImage) -> NodeImage {
    var image = self
    switch (state, reason) {
    case (.waiting, nil), (.waiting, Self.awaitsJobReason), (.waiting, "Missing"):
      if note.state == .pulling {
        image.state = .pulling
        image.reason = note.reason
        image.message = note.message
      }
      if note.state == .failed { image.state = .failed }
    case (.present, Self.awaitsJobReason), (.present, "Stale"):
      if note.state == .pulling { image.reason = "Refreshing" }
    default: return self
    }
    if note.state == .failed {
      image.reason = note.reason
      image.message = note.message
      image.retryAt = note.retryAt
    }
    image.attempts = note.attempts
    return image
  }
}

extension NodeInventory {
  /// The images as the agent and Jobs have them together.
  package var images: [String: NodeImage] {
    var images = status?.images ?? [:]
    guard let notes = spec.jobs?.images, status?.executor != .jobs, status?.nodeUID == spec.nodeUID else {
      return images
    }
    for (name, note) in notes where spec.images?[name]?.effectiveExecutor == .jobs {
      images[name] = images[name]?.with(note)
    }
    return images
  }

  /// Grants that whoever pulls under them has given back.
  package var released: Set<String> { Set(status?.released ?? []).union(spec.jobs?.released ?? []) }
}
